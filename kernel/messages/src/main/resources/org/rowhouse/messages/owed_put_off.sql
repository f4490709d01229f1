-- The tasks to look at again, those that wait longest for that first: they are looked at once more after as long as they have owed
-- their answers by now.
-- takes: the bucket, how many at most, the shortest and the longest pause; gives: the tasks    locks: the owed answers, skipping what
-- others take
with due as materialized (
    select task, now() + least(
        greatest(now() - noted_at, :shortest_ms::bigint * interval '1 millisecond'), :longest_ms::bigint * interval '1 millisecond') as again
    from rowhouse.owed_answer
    where bucket = :bucket::smallint and look_at <= now()
    order by look_at
    limit :most::integer
    for update skip locked
)
update rowhouse.owed_answer as owed
set look_at = due.again
from due
where owed.bucket = :bucket::smallint and owed.task = due.task
returning owed.task
