-- Puts the answers of tasks that have ended into the outbox: the result, or why there is none.
-- takes: the bucket, the tasks that may have ended, the headers of a failure; gives: a row for each that has    locks: the owed answers,
-- skipping what others take
with ended as materialized (
    select owed.task, owed.correlation, owed.reply_to, coalesce(task.state = 'succeeded', false) as good,
        case
            when task.id is null then 'The task was deleted before it had answered.'
            when task.state = 'succeeded' then coalesce(task.output::text, 'null')
            else coalesce(task.error ->> 'message', 'The task was ' || task.state || '.')
        end as body
    from rowhouse.owed_answer as owed
    left join rowhouse.task on task.bucket = :bucket::smallint and task.id = owed.task
    where owed.bucket = :bucket::smallint and owed.task = any (:tasks::uuid[])
        and (task.id is null or task.state in ('succeeded', 'failed', 'cancelled'))
    for update of owed skip locked
), gone as (
    delete from rowhouse.owed_answer
    where bucket = :bucket::smallint and task = any (array(select ended.task from ended))
)
insert into rowhouse.outbox (bucket, sender, step, place, kind, target, correlation, headers, body)
select :bucket::smallint, task, -1, 0, 'reply', reply_to, correlation, case when not good then :failed end, body
from ended
on conflict do nothing
returning sender
