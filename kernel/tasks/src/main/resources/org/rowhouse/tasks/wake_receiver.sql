-- Makes workflows ready that were put aside until a message comes.
-- set: one row for each workflow
-- gives: whether it was woken and the queue it is ready in; if it runs instead, the node
-- locks: the tasks, in key order
with asked as materialized (
    select *
    from unnest(:id)
        with ordinality as asked (id, position)
), found as materialized (
    select asked.*, task.state, task.node
        , task.place --single
    from asked
    cross join lateral (
        select
            ctid as place, --single
            state, node, waiting_position
        from task
        where bucket = :bucket and id = asked.id
        offset 0
    ) as task
    where task.state = 'running' or (task.state = 'waiting' and task.waiting_position = -1)
), woken as (
    update task
    set state = 'ready', wake_at = null, event_count = event_count + 1
    from found
    where task.ctid = found.place and task.id = found.id --single
--distributed: where task.bucket = :bucket and task.id = any (:id) and task.id = found.id
        and found.state = 'waiting' and task.state = 'waiting' --single
--distributed: and (found.state = 'waiting') is true and task.state = found.state
        and task.waiting_position = -1
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
        when found.state = 'waiting' then 'again'
        when found.state = 'running' then 'running'
        else 'none'
    end as outcome,
    woken.queue, coalesce(found.node, 0) as node
from asked
left join found on found.position = asked.position
left join woken on woken.position = asked.position
order by asked.position
