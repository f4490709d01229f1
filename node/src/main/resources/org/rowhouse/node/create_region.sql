-- Makes a region that memory nodes keep.
-- set: the region :name    gives: an object    locks: none
select json_build_object('name', :name::text, 'done', rowhouse.create_region(
    :name::text, :bytes::bigint, :node::text, :user::text) is not null)
