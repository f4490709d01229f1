-- Ends running tasks: succeeded, failed or cancelled. The wish to cancel stays in the row until what the task started has
-- been cancelled as well.
-- set: one row for each task: its attempt, the state it reaches, output or error
-- gives: for each task that was ended whether someone had asked to cancel it; standing.sql tells of the others
-- locks: the tasks, in key order
with found as materialized (
    select asked.*, task.place, task.cancel_requested
    from unnest(:id, :attempt, :state, :output, :error)
        as asked (id, attempt, state, output, error)
    cross join lateral (
        select ctid as place, state, attempt, cancel_requested
        from task
        where bucket = :bucket and id = asked.id
        offset 0
    ) as task
    where task.state = 'running' and task.attempt = asked.attempt
), ended as (
    update task
    set state = found.state::task_state, output = found.output::jsonb, error = found.error::jsonb,
        ended_at = now(), event_count = event_count + 1
    from found
    where task.ctid = found.place and task.id = found.id
        and task.state = 'running' and task.attempt = found.attempt
        and task.cancel_requested = found.cancel_requested
    returning task.id, task.event_count - 1 as number, task.attempt, task.node, task.state, task.cancel_requested
), noted as (
    insert into task_event (bucket, task, number, attempt, node, state, cause)
    select :bucket, id, number, attempt, node, state, 'finish'
    from ended
)
select id, cancel_requested as cancel
from ended
