-- Deletes mail that was handled long enough ago. What a step of a workflow received stays until that step is recorded.
-- takes: the bucket, the time before which it goes, how many at most; gives: a row for each that went    locks: the deleted rows
with due as materialized (
    select id, step, case when mailbox like 'task %' then substring(mailbox from 6)::uuid end as task
    from rowhouse.mail
    where bucket = :bucket::smallint and state = 'done' and done_at < :before::timestamptz
    order by done_at
    limit :most::integer
), kept as materialized (
    select due.id
    from due
    cross join lateral (
        select t.id
        from rowhouse.task as t
        where t.bucket = :bucket::smallint and t.id = due.task and t.state in ('ready', 'running', 'waiting')
        offset 0
    ) as living
    where due.step is not null and not exists (
        select
        from rowhouse.step as s
        where s.bucket = :bucket::smallint and s.task = due.task and s.number = due.step and s.done)
)
delete from rowhouse.mail
where bucket = :bucket::smallint and id in (select due.id from due) and id not in (select kept.id from kept)
returning id
