-- How far all groups have come.
-- gives: the cursors    locks: none
-- asks: every bucket
select bucket, log, group_name, position, attempts, node, moved_at, error
from rowhouse.cursor as c
where c.log >= 0
