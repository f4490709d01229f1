-- Finds the tasks that someone asked to end: those that a node runs, and those that have ended but not yet with all that
-- they started.
-- set: the buckets and the node
-- gives: the tasks, and whether they have ended
-- locks: none
select id, state <> 'running' as ended
from rowhouse.task
where bucket = any (?) and cancel_requested and (node = ? or state <> 'running')
