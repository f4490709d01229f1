-- The buckets whose outboxes hold something.
-- gives: the buckets    locks: none
-- asks: every bucket
select distinct bucket
from rowhouse.outbox as o
where o.place >= 0
