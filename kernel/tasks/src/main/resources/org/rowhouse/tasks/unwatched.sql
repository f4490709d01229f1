-- Finds workflows that wait for children of which none is left, as after a crash between a child's end and the wake-up.
-- set: one row: how many at most, and the id to go on after
-- gives: the waiting workflows, each with its step and the bucket of its children
-- locks: none
with asked as materialized (
    select *
    from unnest(:most, :after)
        with ordinality as asked (most, after, position)
)
select asked.position, task.id, task.waiting_step, task.waiting_position, task.children
from asked
cross join lateral (
    select task.id, task.waiting_step, task.waiting_position, (step.output ->> 'bucket')::int as children
    from task
    join step on step.bucket = task.bucket and step.task = task.id and step.number = task.waiting_step
    where task.bucket = :bucket and task.state = 'waiting' and task.wake_at is null and task.id > asked.after
        and step.kind = 'children'
    order by task.id
    limit asked.most
) as task
