-- How many buckets tasks are spread over.    locks: none
select rowhouse.setting_value('buckets')::integer as buckets
