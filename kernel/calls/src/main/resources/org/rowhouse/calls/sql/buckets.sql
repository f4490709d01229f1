-- How many buckets there are.
select rowhouse.setting_value('buckets')::integer
