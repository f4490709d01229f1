-- Claims ready tasks of queues without limits, highest priority and oldest first. Nothing is claimed from a queue that is
-- paused or has limits by now, whatever the node knows: its row is locked, so that a pause waits for claims under way.
-- Nor by a node that is cordoned or whose life is over.
-- set: one row for each queue: the claiming node, whether it claims what is placed on it or what any node may claim, how
-- many at most, whether tasks that saw a node die may be among them
-- gives: the claimed tasks
-- locks: the queues, shared; the tasks, in the order of the queue, skipping those that another node is claiming
with asked as materialized (
    select asked.*
    from unnest(:queue, :node, :mine, :room, :suspects)
        with ordinality as asked (queue, node, mine, room, suspects, position)
    cross join lateral (
        select 1
        from queue
        where name = asked.queue and not paused and not fair
            and concurrency is null and concurrency_per_node is null and rate_count is null
        offset 0
        for share
    ) as open
    where not exists (
        select from node where number = asked.node and (ended_at is not null or cordoned_at is not null))
), picked as materialized (
    select asked.position, asked.node, task.*
    from asked
    cross join lateral (
        select ctid as place, state --single
--distributed: select id, state
        from task
        where bucket = :bucket and queue = asked.queue and placed = case when asked.mine then asked.node else 0 end
            and state = 'ready' and (crashes > 0) = asked.suspects
        order by priority desc, id
        limit asked.room
        for update skip locked
    ) as task
), claimed as (
    update task
    set state = 'running', attempt = attempt + 1, node = picked.node, placed = case when placed = 0 then 0 else -1 end, claimed_at = now(),
        wake_at = null, waiting_step = null, waiting_position = null, event_count = event_count + 1
    from picked
    where task.ctid = picked.place and task.state = picked.state --single
--distributed: where task.bucket = :bucket and task.id = any (array(select id from picked)) and task.id = picked.id
--distributed:     and task.state = picked.state
    returning
        picked.position, task.id, task.attempt, task.node, task.event_count - 1 as number, task.crashes,
        task.component, task.version, task.function, task.queue, task.parent, task.parent_step, task.parent_position, task.root,
        task.forked_from, task.deadline, task.need, task.devices, task.input
), noted as (
    insert into task_event (bucket, task, number, attempt, node, state, cause)
    select :bucket, id, number, attempt, node, 'running', 'claim'
    from claimed
)
select
    position, id, attempt, crashes, component, version, function, queue, parent, parent_step, parent_position, root, forked_from is not null as forked,
    deadline, (extract(epoch from deadline - now()) * 1000)::bigint as deadline_ms, need, devices, input::text as input
from claimed
