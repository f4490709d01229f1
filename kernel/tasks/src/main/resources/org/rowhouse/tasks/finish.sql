-- Ends running tasks: succeeded, failed or cancelled. Ending a task again the same way is harmless. The wish to cancel stays
-- in the row until what the task started has been cancelled as well.
-- set: one row for each task: its attempt, the state it reaches, output or error
-- gives: done, cancel (done, and someone had asked to cancel it), fenced (no longer this attempt's) or again (someone else was changing the row: ask again)
-- locks: the tasks, in key order
with asked as materialized (
    select *
    from unnest(:id, :attempt, :state, :output, :error)
        with ordinality as asked (id, attempt, state, output, error, position)
), found as materialized (
    select asked.*, task.place, task.now_state, task.now_attempt, task.now_cancel
    from asked
    cross join lateral (
        select ctid as place, state as now_state, attempt as now_attempt, cancel_requested as now_cancel
        from task
        where bucket = :bucket and id = asked.id
        offset 0
    ) as task
), ended as (
    update task
    set state = found.state::task_state, output = found.output::jsonb, error = found.error::jsonb,
        ended_at = now(), event_count = event_count + 1
    from found
    where task.ctid = found.place and task.id = found.id
        and found.now_state = 'running' and task.state = found.now_state and task.attempt = found.attempt
        and task.cancel_requested = found.now_cancel
    returning found.position, task.id, task.event_count - 1 as number, task.attempt, task.node, task.state
), noted as (
    insert into task_event (bucket, task, number, attempt, node, state, cause)
    select :bucket, id, number, attempt, node, state, 'finish'
    from ended
)
select
    asked.position,
    case
        when ended.position is not null or found.now_attempt = asked.attempt and found.now_state::text = asked.state
            then case when found.now_cancel then 'cancel' else 'done' end
        when found.now_attempt = asked.attempt and found.now_state = 'running' then 'again'
        else 'fenced'
    end as outcome
from asked
left join found on found.position = asked.position
left join ended on ended.position = asked.position
order by asked.position
