-- The tasks that owe an answer and that somebody should look at again, those that wait longest for that first.
-- takes: how many at most; gives: the tasks, whose ids tell their buckets    locks: none
-- asks: every bucket
select task
from rowhouse.owed_answer as o
where o.look_at <= now()
order by o.look_at
limit :most::integer
