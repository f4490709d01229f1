-- Ends unstarted and waiting tasks whose deadline has passed. Running ones are ended by their node.
-- set: one row: how many at most
-- gives: how many were ended, and the pause until the next deadline in milliseconds
-- locks: the tasks, in the order of their deadlines, skipping those that another node ends
with asked as materialized (
    select * from unnest(:most) with ordinality as asked (most, position)
), due as materialized (
    select asked.position, task.*,
        jsonb_build_object(
            'code', 202, 'message', format('Its deadline, %s, passed before it ran.', task.deadline)) as error
    from asked
    cross join lateral (
        select ctid as place, state, deadline --single
--distributed: select id, state, deadline
        from task
        where bucket = :bucket and deadline <= now() and state in ('ready', 'running', 'waiting')
            and state <> 'running'
        order by deadline
        limit asked.most
        for update skip locked
    ) as task
), expired as (
    update task
    set state = 'failed', ended_at = now(), event_count = event_count + 1, error = due.error
    from due
    where task.ctid = due.place and task.state = due.state --single
--distributed: where task.bucket = :bucket and task.id = any (array(select id from due)) and task.id = due.id
--distributed:     and task.state = due.state
    returning task.id, task.event_count - 1 as number, task.attempt
), noted as (
    insert into task_event (bucket, task, number, attempt, state, cause)
    select :bucket, id, number, attempt, 'failed', 'deadline'
    from expired
)
select
    asked.position,
    (select count(*) from expired)                            as expired,
    (select (extract(epoch from min(next.deadline) - now()) * 1000)::bigint
     from (
         select deadline
         from task
         where bucket = :bucket and deadline > now() and state in ('ready', 'running', 'waiting')
         order by deadline
         limit 1
     ) as next)                                               as next_ms
from asked
