-- Looks at these tasks again after as long as they have owed their answers by now: unless someone has put them off meanwhile.
-- takes: the bucket, the tasks, the shortest and the longest pause; gives: the tasks that are to be looked at now
-- locks: the owed answers
update rowhouse.owed_answer
set look_at = now() + least(
    greatest(now() - noted_at, :shortest_ms::bigint * interval '1 millisecond'), :longest_ms::bigint * interval '1 millisecond')
where bucket = :bucket::smallint and task = any (:tasks::uuid[]) and look_at <= now()
returning task
