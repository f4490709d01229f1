-- Takes running tasks from a dead node: they become ready again, end if someone asked them to, or are parked if nodes
-- died too often while running them.
-- set: one row for each dead node: the crashes at which a task is parked, how many tasks at most
-- gives: how many were taken and the queues that have ready tasks now
-- locks: the tasks, in key order
with asked as materialized (
    select *
    from unnest(:node, :crashes_max, :most)
        with ordinality as asked (node, crashes_max, most, position)
), lost as materialized (
    select asked.position, task.*,
        case
            when task.cancel_requested then 'cancelled'
            when task.crashed >= asked.crashes_max then 'parked'
            else 'ready'
        end::task_state as reached,
        case when task.cancel_requested or task.crashed >= asked.crashes_max then now() end as ended_now,
        case
            when task.cancel_requested then jsonb_build_object('code', 203, 'message', 'Someone asked to cancel it.')
            when task.crashed >= asked.crashes_max then jsonb_build_object(
                'code', 204,
                'message', format(
                    'Its node died %s times while running it. Mend the function, then `rowhouse retry %s`.',
                    task.crashed, task.id))
            else task.was_error
        end as new_error
    from asked
    cross join lateral (
        select
            ctid as place, --single
            id, state, cancel_requested, crashes + 1 as crashed, error as was_error
        from task
        where bucket = :bucket and state = 'running' and node = asked.node
        order by id
        limit asked.most
        for update
    ) as task
), taken as (
    update task
    set crashes = crashes + 1, event_count = event_count + 1,
        state = lost.reached, ended_at = lost.ended_now, error = lost.new_error
    from lost
    where task.ctid = lost.place and task.state = lost.state --single
--distributed: where task.bucket = :bucket and task.id = any (array(select id from lost)) and task.id = lost.id
--distributed:     and task.state = lost.state
    returning lost.position, task.id, task.queue, task.event_count - 1 as number, task.attempt, task.node, task.state
), noted as (
    insert into task_event (bucket, task, number, attempt, node, state, cause)
    select :bucket, id, number, attempt, node, state,
        case state when 'parked' then 'park' when 'cancelled' then 'cancel' else 'takeover' end
    from taken
)
select
    asked.position,
    (select count(*) from taken where taken.position = asked.position)                              as taken,
    (select string_agg(distinct queue, chr(10)) from taken where taken.position = asked.position)   as queues
from asked
order by asked.position
