-- Finds the tasks of a node that someone asked to end.
-- set: the buckets and the node
-- gives: the tasks
-- locks: none
select id
from rowhouse.task
where bucket = any (?) and state = 'running' and node = ? and cancel_requested
order by id
