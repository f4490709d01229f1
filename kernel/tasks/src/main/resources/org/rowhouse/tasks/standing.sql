-- Tells how tasks stand that a call left as they are.
-- set: one row for each task
-- gives: its state and attempt, whether the life of its node goes on, and whether someone asked to cancel it; no state if it is gone
-- locks: none
with asked as materialized (
    select * from unnest(:id) with ordinality as asked (id, position)
--distributed: ), live as materialized (
--distributed:     select number from node where ended_at is null
)
select
    asked.position, task.state::text as state, coalesce(task.attempt, 0) as attempt,
    coalesce(task.alive, false) as alive, coalesce(task.cancel_requested, false) as cancel
from asked
left join lateral (
    select
        state, attempt, cancel_requested,
        exists (select from node where number = task.node and ended_at is null) as alive --single
--distributed: task.node = any (array(select number from live)) as alive
    from task
    where bucket = :bucket and id = asked.id
    offset 0
) as task on true
