-- Changes a setting of the cluster.
-- set: the setting :name    gives: an object    locks: as the function says
select json_build_object('name', :name::text, 'done', rowhouse.set_setting(:name::text, :value::text) is not null)
