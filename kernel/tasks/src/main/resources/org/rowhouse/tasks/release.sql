-- Gives running tasks back to their queues, as when their node stops. What someone asked to end ends instead.
-- set: one row for each task: its attempt
-- gives: done, cancel (it has ended), fenced (no longer this attempt's) or again (someone else was changing the row: ask again)
-- locks: the tasks, in key order
with asked as materialized (
    select *
    from unnest(:id, :attempt)
        with ordinality as asked (id, attempt, position)
), found as materialized (
    select asked.*, task.*,
        case when task.cancel_requested then 'cancelled' else 'ready' end::task_state as reached,
        case when task.cancel_requested then now() end as ended_now,
        case
            when task.cancel_requested then jsonb_build_object('code', 203, 'message', 'Someone asked to cancel it.')
            else task.was_error
        end as new_error
    from asked
    cross join lateral (
        select ctid as place, state, attempt as now_attempt, cancel_requested, error as was_error --single
--distributed: select state, attempt as now_attempt, cancel_requested, error as was_error
        from task
        where bucket = :bucket and id = asked.id
        offset 0
        for update
    ) as task
    where task.state = 'running' and task.now_attempt = asked.attempt
), released as (
    update task
    set event_count = event_count + 1, state = found.reached, ended_at = found.ended_now, error = found.new_error
    from found
    where task.ctid = found.place and task.id = found.id --single
--distributed: where task.bucket = :bucket and task.id = any (:id) and task.id = found.id
    returning found.position, task.id, task.event_count - 1 as number, task.attempt, task.node, task.state
), noted as (
    insert into task_event (bucket, task, number, attempt, node, state, cause)
    select :bucket, id, number, attempt, node, state, case when state = 'cancelled' then 'cancel' else 'release' end
    from released
)
select
    asked.position,
    case
        when released.state = 'cancelled' then 'cancel'
        when released.position is not null then 'done'
        when found.position is not null then 'again'
        else 'fenced'
    end as outcome
from asked
left join found on found.position = asked.position
left join released on released.position = asked.position
order by asked.position
