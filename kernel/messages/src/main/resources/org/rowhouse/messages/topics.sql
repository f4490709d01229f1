-- All topics with what a node needs to publish and read.
-- gives: the topics    locks: none
select name, number, first_bucket, logs, rowhouse.setting_value('key_buckets')::integer as key_buckets,
    coalesce(extract(epoch from retention), 0)::bigint as retention_seconds, coalesce(retention_bytes, 0) as retention_bytes
from rowhouse.topic
