-- Records new tasks. One that is known already, by its id or its deduplication key, is left as it is, so a retry is harmless.
-- set: one row for each new task; node 0 leaves it to the queue, another number lets that node run it at once, unless
-- the queue is paused or has limits by now; placed, need and devices as the columns of task say
-- gives: for each task that was recorded its state, attempt and node, and its deadline by the database's clock; known.sql tells of the others
-- locks: the queues that are passed by, against a pause, unless someone is changing them; the inserted rows, in key order
with recorded as (
    insert into task (
        bucket, id, state, priority, attempt, node, placed, need, devices, parent_step, parent_position, claimed_at, wake_at, deadline,
        root, parent, component, version, function, queue, partition, deduplication, started_by, input)
    select
        :bucket, id,
        case when delay_ms > 0 then 'waiting'::task_state when here then 'running' else 'ready' end,
        priority,
        case when here then 1 else 0 end,
        case when here then node end,
        case when here and placed <> 0 then -1 else placed end, need, devices,
        parent_step, parent_position,
        case when here then now() end,
        case when delay_ms > 0 then now() + delay_ms * interval '1 millisecond' end,
        least(deadline, now() + timeout_ms * interval '1 millisecond'),
        root, parent, component, version, function, queue, partition, deduplication, started_by, input::jsonb
    from (
        select
            *,
            node > 0 and delay_ms = 0
                and (queue = 'direct' or queue = any ((select rowhouse.open_queues(:queue))::text[])) as here
        from :requests as request
        offset 0
    ) as asked
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
