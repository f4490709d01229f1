-- Since when things are old enough to go, and the buckets.
-- gives: one row    locks: none
select rowhouse.setting_value('buckets')::integer as buckets,
    now() - rowhouse.setting_value('retention_dead_letters')::interval as dead_letters,
    now() - rowhouse.setting_value('retention_mail')::interval as mail,
    now() - rowhouse.setting_value('retention_streams')::interval as streams
