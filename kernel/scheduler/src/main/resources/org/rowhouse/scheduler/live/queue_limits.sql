-- How many tasks of queues with limits may be placed at once.
-- gives: the queue and the number, 0 for a paused queue; locks: none
select
    q.name,
    case
        when q.paused then 0
        else least(
            q.concurrency,
            q.concurrency_per_node * (select count(*) from rowhouse.node as n where n.ended_at is null and not n.simulated),
            q.rate_count)
    end as most
from rowhouse.queue as q
where q.paused or q.concurrency is not null or q.concurrency_per_node is not null or q.rate_count is not null
