-- The streams that were closed long enough ago.
-- gives: bucket and id of each    locks: none
-- asks: every bucket
select bucket, id
from rowhouse.log as l
where l.id < 0 and l.closed_at < :before::timestamptz
