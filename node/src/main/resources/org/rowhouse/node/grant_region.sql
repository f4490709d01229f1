-- Says which verbs somebody may use in a region.
-- set: the region :name    gives: an object    locks: the right
select json_build_object('name', :name::text, 'done', rowhouse.grant_region(
    :name::text, :grantee::text, :verbs::text[], :user::text) is not null)
