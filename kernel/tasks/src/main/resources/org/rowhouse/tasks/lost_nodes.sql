-- Finds nodes that are not alive and that tasks still run on by their rows.
-- set: the buckets
-- gives: the nodes' numbers
-- locks: none
select distinct task.node
from rowhouse.task
where task.bucket = any (?) and task.state = 'running'
    and not exists (select from rowhouse.node where node.number = task.node and node.ended_at is null)
order by task.node
