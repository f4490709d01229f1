-- Raises the number of buckets.
-- takes: the number    locks: the setting
select rowhouse.set_setting('buckets', :buckets)
