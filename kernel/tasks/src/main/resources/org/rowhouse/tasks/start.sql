-- Records new tasks. One that is known already, by its id or its deduplication key, is left as it is, so a retry is harmless.
-- set: one row for each new task; node 0 leaves it to the queue, another number lets that node run it at once
-- gives: for each task that was recorded its state, attempt and node, and its deadline by the database's clock; known.sql tells of the others
-- locks: none but those of the inserted rows, in key order
with recorded as (
    insert into task (
        bucket, id, state, priority, attempt, node, parent_step, parent_position, claimed_at, wake_at, deadline,
        root, parent, component, version, function, queue, partition, deduplication, started_by, input)
    select
        :bucket, id,
        case when delay_ms > 0 then 'waiting'::task_state when node > 0 then 'running' else 'ready' end,
        priority,
        case when delay_ms = 0 and node > 0 then 1 else 0 end,
        case when delay_ms = 0 and node > 0 then node end,
        parent_step, parent_position,
        case when delay_ms = 0 and node > 0 then now() end,
        case when delay_ms > 0 then now() + delay_ms * interval '1 millisecond' end,
        least(deadline, now() + timeout_ms * interval '1 millisecond'),
        root, parent, component, version, function, queue, partition, deduplication, started_by, input::jsonb
    from :requests as asked
--again: on conflict do nothing
    returning id, state, attempt, node, deadline
), noted as (
    insert into task_event (bucket, task, number, attempt, node, state, cause)
    select :bucket, id, 0, attempt, node, state, 'start'
    from recorded
)
select
    id, state::text as state, attempt, coalesce(node, 0) as node,
    deadline, (extract(epoch from deadline - now()) * 1000)::bigint as deadline_ms
from recorded
