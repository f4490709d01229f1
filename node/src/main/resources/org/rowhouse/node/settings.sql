-- The settings of the cluster.
-- set: all    gives: an array    locks: none
select coalesce(json_agg(setting order by setting.name), '[]'::json) from rowhouse.setting
