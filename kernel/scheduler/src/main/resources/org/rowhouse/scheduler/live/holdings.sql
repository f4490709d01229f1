-- Tasks that hold a part of a node.
-- gives: the task, its node, class of need, devices and queue; locks: none
-- asks: every bucket
select t.id, case when t.state = 'running' then t.node else t.placed end as node, t.need, t.devices, t.queue
from rowhouse.task as t
where t.need is not null and (t.state = 'running' or t.state = 'ready' and t.placed > 0)
