-- Tells how tasks stand that a call left as they are.
-- set: one row for each task
-- gives: its state and attempt, and whether someone asked to cancel it; no state if it is gone
-- locks: none
with asked as materialized (
    select * from unnest(:id) with ordinality as asked (id, position)
)
select
    asked.position, task.state::text as state, coalesce(task.attempt, 0) as attempt,
    coalesce(task.cancel_requested, false) as cancel
from asked
left join lateral (
    select state, attempt, cancel_requested
    from task
    where bucket = :bucket and id = asked.id
    offset 0
) as task on true
