-- The topics with their settings.
-- gives: the topics by name    locks: none
select name, number, first_bucket, logs, rowhouse.setting_value('key_buckets')::integer as key_buckets,
    extract(epoch from retention)::bigint as retention_seconds, retention_bytes, bytes_max, lag_max, created_at, changed_by
from rowhouse.topic
order by name
