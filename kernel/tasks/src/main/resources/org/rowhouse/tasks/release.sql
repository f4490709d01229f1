-- Gives running tasks back to their queues, as when their node stops.
-- set: one row for each task: its attempt
-- gives: done, or fenced (no longer this attempt's)
-- locks: the tasks, in key order
with asked as materialized (
    select *
    from unnest(:id, :attempt)
        with ordinality as asked (id, attempt, position)
), found as materialized (
    select asked.*, task.place
    from asked
    cross join lateral (
        select ctid as place, state, attempt
        from task
        where bucket = :bucket and id = asked.id
        offset 0
        for update
    ) as task
    where task.state = 'running' and task.attempt = asked.attempt
), released as (
    update task
    set state = 'ready', event_count = event_count + 1
    from found
    where task.ctid = found.place and task.id = found.id
    returning found.position, task.id, task.event_count - 1 as number, task.attempt, task.node
), noted as (
    insert into task_event (bucket, task, number, attempt, node, state, cause)
    select :bucket, id, number, attempt, node, 'ready', 'release'
    from released
)
select asked.position, case when released.position is null then 'fenced' else 'done' end as outcome
from asked
left join released on released.position = asked.position
order by asked.position
