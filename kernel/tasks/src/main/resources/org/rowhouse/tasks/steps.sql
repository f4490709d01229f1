-- Reads the recorded steps of tasks that are about to be replayed.
-- set: one row for each task
-- gives: its steps; the pause left until wake_at, in milliseconds by the database's clock
-- locks: none
with asked as materialized (
    select * from unnest(:id) with ordinality as asked (id, position)
)
select
    asked.position, step.number, step.kind, step.name, step.attempts, step.done, step.output, step.error, step.wake_ms
from asked
cross join lateral (
    select
        number, kind, name, attempts, done, output::text as output, error::text as error,
        greatest(0, extract(epoch from wake_at - now()) * 1000)::bigint as wake_ms
    from step
    where bucket = :bucket and task = asked.id
    order by number
    offset 0
) as step
order by asked.position, step.number
