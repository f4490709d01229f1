-- The buckets in which answers are owed.
-- gives: the buckets    locks: none
-- asks: every bucket
select distinct bucket
from rowhouse.owed_answer as o
where o.noted_at <= now()
