-- Claims ready tasks that wait for the scheduler, for places that others of the same class of need have left, if the node in
-- office lets them follow. As in claim.sql, nothing is claimed from a queue that is paused or has limits by now, nor by a
-- node that is cordoned or whose life is over. Tasks that saw a node die are left to a claim.
-- set: one row for each place: the queue to claim from, the node, the class of need, the devices that were left
-- gives: the claimed task, if there is one
-- locks: the queues, shared; the tasks, in the order of the queue, skipping those that others change
with asked as materialized (
    select asked.*
    from unnest(:queue, :node, :need, :devices) with ordinality as asked (queue, node, need, devices, position)
    cross join lateral (
        select 1
        from queue
        where name = asked.queue and not paused and not fair
            and concurrency is null and concurrency_per_node is null and rate_count is null
        offset 0
        for share
    ) as open
    where asked.need = (select next_need from scheduler where number = 1)
        and not exists (
            select from node where number = asked.node and (ended_at is not null or cordoned_at is not null))
), freed as materialized (
    select *, row_number() over (partition by queue, node, need order by position) as turn
    from asked
), wanted as materialized (
    select queue, node, need, count(*) as room, -1 as unplaced -- not a constant below, for the queue's index
    from asked
    group by queue, node, need
), found as materialized (
    select wanted.queue, wanted.node, wanted.need, task.*
    from wanted
    cross join lateral (
        select ctid as place, state --single
--distributed: select id, state
        from task
        where bucket = :bucket and queue = wanted.queue and placed = wanted.unplaced and need = wanted.need
            and state = 'ready' and crashes = 0
        order by priority desc, id
        limit wanted.room
        for update skip locked
    ) as task
), picked as materialized (
    select freed.position, freed.node, freed.devices, task.place, task.state --single
--distributed: select freed.position, freed.node, freed.devices, task.id, task.state
    from freed
    join (
        select *, row_number() over (partition by queue, node, need) as turn
        from found
    ) as task using (queue, node, need, turn)
), claimed as (
    update task
    set state = 'running', attempt = attempt + 1, node = picked.node, devices = picked.devices, claimed_at = now(),
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
