-- Finds nodes that are not alive and that tasks still run on by their rows.
-- set: the buckets
-- gives: the nodes' numbers
-- locks: none
with running as materialized (
    select distinct task.node
    from rowhouse.task
    where task.bucket = any (?) and task.state = 'running'
)
select running.node
from running
where not exists (select from rowhouse.node where node.number = running.node and node.ended_at is null)
order by running.node
