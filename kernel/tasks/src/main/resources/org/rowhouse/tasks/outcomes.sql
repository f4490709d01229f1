-- Reads how tasks stand.
-- set: one row for each task
-- gives: its state, output and error; no state if there is no such task
-- locks: none
with asked as materialized (
    select * from unnest(:id) with ordinality as asked (id, position)
)
select asked.position, task.state, task.output, task.error
from asked
left join lateral (
    select state::text as state, output::text as output, error::text as error
    from task
    where bucket = :bucket and id = asked.id
    offset 0
) as task on true
order by asked.position
