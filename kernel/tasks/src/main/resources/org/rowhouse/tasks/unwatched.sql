-- Finds workflows that wait for children of which none is left, as after a crash between a child's end and the wake-up.
-- set: one row: how many at most, and the id to go on after
-- gives: the waiting workflows, each with its step and the bucket of its children
-- locks: none
with asked as materialized (
    select *
    from unnest(:most, :after)
        with ordinality as asked (most, after, position)
)
select asked.position, task.id, task.waiting_step, task.waiting_position, children.bucket
from asked
cross join lateral (
    select id, waiting_step, waiting_position
    from task
    where bucket = :bucket and state = 'waiting' and wake_at is null and id > asked.after
    order by id
    limit asked.most
) as task
cross join lateral (
    select (output ->> 'bucket')::int as bucket
    from step
    where bucket = :bucket and step.task = task.id and number = task.waiting_step and kind = 'children'
    offset 0
) as children
