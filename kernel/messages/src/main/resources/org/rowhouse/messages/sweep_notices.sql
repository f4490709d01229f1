-- Deletes notices of tasks that are no longer there.
-- takes: the bucket, the task to go on after, how many tasks at most; gives: the tasks that were looked at; locks: the notices
with seen as materialized (
    select distinct task
    from rowhouse.notice
    where bucket = :bucket::smallint and task > :after::uuid
    order by task
    limit :most::integer
), known as materialized (
    select t.id
    from rowhouse.task as t
    where t.bucket = :bucket::smallint and t.id = any (array(select seen.task from seen))
), gone as (
    delete from rowhouse.notice
    where bucket = :bucket::smallint
        and task = any (array(select seen.task from seen where seen.task not in (select known.id from known)))
)
select task
from seen
order by task
