-- Tells of tasks that a start left as they are, found by their id or as the unended one with their deduplication key.
-- set: one row for each task that was not recorded
-- gives: the known task as start.sql does, and its id; no id if it has ended or gone meanwhile, so that the start may be repeated
-- locks: none
with asked as materialized (
    select *
    from unnest(:id, :queue, :deduplication)
        with ordinality as asked (id, queue, deduplication, position)
)
select
    asked.position, known.id as task, known.state::text as state, coalesce(known.attempt, 0) as attempt,
    coalesce(known.node, 0) as node, known.deadline, (extract(epoch from known.deadline - now()) * 1000)::bigint as deadline_ms
from asked
left join lateral (
    (select id, state, attempt, node, deadline
     from task
     where bucket = :bucket and id = asked.id)
    union all
    (select id, state, attempt, node, deadline
     from task
     where bucket = :bucket and queue = asked.queue and deduplication = asked.deduplication
         and state in ('ready', 'running', 'waiting'))
    limit 1
) as known on true
