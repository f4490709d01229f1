-- The buckets in which somebody should look again at tasks that owe an answer.
-- gives: the buckets    locks: none
-- asks: every bucket
select distinct bucket
from rowhouse.owed_answer as o
where o.look_at <= now()
