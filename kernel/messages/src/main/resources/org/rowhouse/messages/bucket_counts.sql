-- How many buckets there are.
-- gives: for tasks, and for what has a name    locks: none
select rowhouse.setting_value('buckets')::integer as tasks, rowhouse.setting_value('key_buckets')::integer as keys
