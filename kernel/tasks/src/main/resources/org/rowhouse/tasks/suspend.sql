-- Puts running tasks aside until a time, or until children end: they hold no thread and survive restarts.
-- set: one row for each task: its attempt, why (suspend or retry), the step that waits (and the one child), the pause in milliseconds or null, the last error
-- gives: done, cancel (it runs on, since someone asked it to end), fenced (no longer this attempt's, or its node's life is over) or again (someone else was changing the row: ask again)
-- locks: the tasks, in key order
with asked as materialized (
    select *, now() + wake_ms * interval '1 millisecond' as wake_at
    from unnest(:id, :attempt, :cause, :step, :child, :wake_ms, :error)
        with ordinality as asked (id, attempt, cause, step, child, wake_ms, error, position)
--distributed: ), live as materialized (
--distributed:     select number from node where ended_at is null
), found as materialized (
    select asked.*, task.*
    from asked
    cross join lateral (
        select
            ctid as place, --single
            state as now_state, attempt as now_attempt, cancel_requested as now_cancel,
            exists (select from node where number = task.node and ended_at is null) as alive --single
--distributed: task.node = any (array(select number from live)) as alive
        from task
        where bucket = :bucket and id = asked.id
        offset 0
    ) as task
), suspended as (
    update task
    set state = 'waiting', waiting_step = found.step, waiting_position = found.child,
        wake_at = found.wake_at,
        error = coalesce(found.error::jsonb, task.error), event_count = event_count + 1
    from found
    where task.ctid = found.place and task.id = found.id --single
--distributed: where task.bucket = :bucket and task.id = any (:id) and task.id = found.id
        and found.alive
        and found.now_state = 'running' --single
--distributed: and (found.now_state = 'running') is true
        and task.state = found.now_state and task.attempt = found.attempt
        and not found.now_cancel and not task.cancel_requested
    returning found.position, found.cause, task.id, task.event_count - 1 as number, task.attempt, task.node
), noted as (
    insert into task_event (bucket, task, number, attempt, node, state, cause)
    select :bucket, id, number, attempt, node, 'waiting', cause
    from suspended
)
select
    asked.position,
    case
        when suspended.position is not null then 'done'
        when found.now_attempt = asked.attempt and found.now_state = 'waiting' then 'done'
        when found.alive and found.now_attempt = asked.attempt and found.now_state = 'running'
            then case when found.now_cancel then 'cancel' else 'again' end
        else 'fenced'
    end as outcome
from asked
left join found on found.position = asked.position
left join suspended on suspended.position = asked.position
order by asked.position
