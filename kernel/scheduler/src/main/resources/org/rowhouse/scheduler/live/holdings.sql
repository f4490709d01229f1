-- Running tasks that hold a part of a node.
-- gives: the task, its node, class of need, devices and queue; locks: none
-- asks: every bucket
select t.id, t.node, t.need, t.devices, t.queue
from rowhouse.task as t
where t.need is not null and t.state = 'running'
