-- Makes workflows ready whose awaited children have ended.
-- set: one row for each workflow: the step that waits, and the position of the one child or null for all
-- gives: whether it was woken and the queue it is ready in
-- locks: the tasks, in key order
with asked as materialized (
    select *
    from unnest(:id, :step, :child)
        with ordinality as asked (id, step, child, position)
), found as materialized (
    select asked.*
        , task.place --single
    from asked
    cross join lateral (
        select
            ctid as place, --single
            state, waiting_step, waiting_position, wake_at
        from task
        where bucket = :bucket and id = asked.id
        offset 0
        for update
    ) as task
    where task.state = 'waiting' and task.wake_at is null and task.waiting_step = asked.step
        and task.waiting_position is not distinct from asked.child
), woken as (
    update task
    set state = 'ready', event_count = event_count + 1
    from found
    where task.ctid = found.place and task.id = found.id --single
--distributed: where task.bucket = :bucket and task.id = any (:id) and task.id = found.id
    returning found.position, task.id, task.queue, task.event_count - 1 as number, task.attempt
), noted as (
    insert into task_event (bucket, task, number, attempt, state, cause)
    select :bucket, id, number, attempt, 'ready', 'wake'
    from woken
)
select
    asked.position,
    case
        when woken.position is not null then 'done'
        when found.position is not null then 'again'
        else 'none'
    end as outcome,
    woken.queue
from asked
left join found on found.position = asked.position
left join woken on woken.position = asked.position
order by asked.position
