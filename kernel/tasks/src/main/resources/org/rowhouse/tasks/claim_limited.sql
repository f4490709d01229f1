-- Claims ready tasks of queues with limits or fairness: see the function rowhouse.claim_limited.
-- set: one row for each queue: the claiming node, whether it claims what is placed on it or what any node may claim, how
-- many at most, whether tasks that saw a node die may be among them
-- gives: the claimed tasks
-- locks: the queue, then its tasks in the order of the queue
with asked as materialized (
    select *
    from unnest(:queue, :node, :mine, :room, :suspects)
        with ordinality as asked (queue, node, mine, room, suspects, position)
    where not exists (
        select from node where number = asked.node and (ended_at is not null or cordoned_at is not null))
)
select
    asked.position, task.id, task.attempt, task.crashes, task.component, task.version, task.function, task.queue,
    task.parent, task.parent_step, task.parent_position, task.root, task.forked_from is not null as forked,
    task.deadline, (extract(epoch from task.deadline - now()) * 1000)::bigint as deadline_ms, task.need, task.devices, task.input::text as input
from asked
cross join lateral rowhouse.claim_limited(:bucket, asked.queue, asked.node, asked.mine, asked.room, asked.suspects) as task
