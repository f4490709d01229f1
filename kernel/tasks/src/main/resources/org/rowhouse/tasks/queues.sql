-- Reads the queues.
-- set: none
-- gives: name, bucket, paused, fair, concurrency, concurrency per node, claims per second by the rate limit
-- locks: none
select name, bucket, paused, fair, concurrency, concurrency_per_node,
    rate_count / extract(epoch from rate_period)::double precision as rate
from rowhouse.queue
order by name
