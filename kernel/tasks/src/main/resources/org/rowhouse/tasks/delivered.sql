-- Gives tasks to the node that they were placed on and claimed for by their start.
-- set: one row for each task: the node
-- gives: the tasks that run there, as a claim does
-- locks: none
with asked as materialized (
    select * from unnest(:id, :node) with ordinality as asked (id, node, position)
)
select
    asked.position, task.id, task.attempt, task.crashes, task.component, task.version, task.function, task.queue,
    task.parent, task.parent_step, task.parent_position, task.root, task.forked_from is not null as forked,
    task.deadline, (extract(epoch from task.deadline - now()) * 1000)::bigint as deadline_ms, task.need, task.devices,
    task.input::text as input
from asked
cross join lateral (
    select *
    from task
    where bucket = :bucket and id = asked.id
    offset 0
) as task
where task.state = 'running' and task.node = asked.node
