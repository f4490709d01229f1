-- Drops a region.
-- set: the region :name    gives: an object    locks: the region
select json_build_object('name', :name::text, 'done', rowhouse.drop_region(:name::text) is not null)
