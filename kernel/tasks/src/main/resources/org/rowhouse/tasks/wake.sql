-- Makes waiting tasks ready whose time has come.
-- set: one row: how many at most
-- gives: the queues that have ready tasks now, how many were woken, and the pause until the next one in milliseconds
-- locks: the tasks, in the order of their time, skipping those that another node wakes
with asked as materialized (
    select * from unnest(:most) with ordinality as asked (most, position)
), due as materialized (
    select asked.position, task.*
    from asked
    cross join lateral (
        select ctid as place, state --single
--distributed: select id, state
        from task
        where bucket = :bucket and state = 'waiting' and wake_at <= now()
        order by wake_at
        limit asked.most
        for update skip locked
    ) as task
), woken as (
    update task
    set state = 'ready', event_count = event_count + 1
    from due
    where task.ctid = due.place and task.state = due.state --single
--distributed: where task.bucket = :bucket and task.id = any (array(select id from due)) and task.id = due.id
--distributed:     and task.state = due.state
    returning task.id, task.queue, task.event_count - 1 as number, task.attempt
), noted as (
    insert into task_event (bucket, task, number, attempt, state, cause)
    select :bucket, id, number, attempt, 'ready', 'wake'
    from woken
)
select
    asked.position,
    (select count(*) from woken)                              as woken,
    (select string_agg(distinct queue, chr(10)) from woken)   as queues,
    (select (extract(epoch from min(next.wake_at) - now()) * 1000)::bigint
     from (
         select wake_at
         from task
         where bucket = :bucket and state = 'waiting' and wake_at > now()
         order by wake_at
         limit 1
     ) as next)                                               as next_ms
from asked
