-- How all logs of topics stand.
-- gives: the logs    locks: none
-- asks: every bucket
select bucket, id, head, tail, bytes
from rowhouse.log as l
where l.id >= 0
