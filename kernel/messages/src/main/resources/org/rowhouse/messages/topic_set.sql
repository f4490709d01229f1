-- Declares or changes a topic.
-- gives: a row    locks: the topic and its logs
select rowhouse.set_topic(
    :name, :logs::integer, :retention_seconds::bigint * interval '1 second', :retention_bytes::bigint, :bytes_max::bigint,
    :lag_max::bigint)
