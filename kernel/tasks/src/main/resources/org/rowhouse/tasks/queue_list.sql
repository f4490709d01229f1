-- All queues with their settings, by name.    locks: none
select
    name, bucket::integer as bucket, paused, fair, concurrency, concurrency_per_node, rate_count,
    (extract(epoch from rate_period) * 1000)::bigint as rate_period_ms, changed_by
from rowhouse.queue
order by name
