-- Records new tasks. A task that is already known, by its id or its deduplication key, is left as it is, so a retry is harmless.
-- set: one row for each new task; node 0 leaves it to the queue, another number lets that node run it at once
-- gives: the task's id (that of the known one), whether it is new, its state and attempt, and the node that runs it
-- locks: none but those of the inserted rows, in key order
with asked as materialized (
    select *
    from unnest(
        :id, :node, :component, :version, :function, :queue, :priority, :partition, :deduplication,
        :parent, :parent_step, :parent_position, :root, :delay_ms, :timeout_ms, :deadline, :started_by, :input)
        with ordinality as asked (
            id, node, component, version, function, queue, priority, partition, deduplication,
            parent, parent_step, parent_position, root, delay_ms, timeout_ms, deadline, started_by, input, position)
), recorded as (
    insert into task (
        bucket, id, state, priority, attempt, node, parent_step, parent_position, claimed_at, wake_at, deadline,
        root, parent, component, version, function, queue, partition, deduplication, started_by, input)
    select
        :bucket, id,
        case when delay_ms > 0 then 'waiting' when node > 0 then 'running' else 'ready' end::task_state,
        priority,
        case when delay_ms = 0 and node > 0 then 1 else 0 end,
        case when delay_ms = 0 and node > 0 then node end,
        parent_step, parent_position,
        case when delay_ms = 0 and node > 0 then now() end,
        case when delay_ms > 0 then now() + delay_ms * interval '1 millisecond' end,
        least(deadline, now() + timeout_ms * interval '1 millisecond'),
        root, parent, component, version, function, queue, partition, deduplication, started_by, input::jsonb
    from asked
    on conflict do nothing
    returning id, state, attempt, node
), noted as (
    insert into task_event (bucket, task, number, attempt, node, state, cause)
    select :bucket, id, 0, attempt, node, state, 'start'
    from recorded
)
select
    asked.position,
    coalesce(recorded.id, known.id) as id,
    recorded.id is not null         as fresh,
    coalesce(recorded.state, known.state)::text   as state,
    coalesce(recorded.attempt, known.attempt, 0)  as attempt,
    coalesce(recorded.node, known.node, 0)        as node
from asked
left join recorded on recorded.id = asked.id
left join lateral (
    (select id, state, attempt, node from task
     where recorded.id is null and bucket = :bucket and id = asked.id)
    union all
    (select id, state, attempt, node from task
     where recorded.id is null and bucket = :bucket and queue = asked.queue
         and deduplication = asked.deduplication
         and state in ('ready', 'running', 'waiting'))
    limit 1
) as known on true
order by asked.position
