-- Ready tasks that hold a part of the node that they are placed on, which has not claimed them yet.
-- gives: the task, its node, class of need, devices and queue; locks: none
-- asks: every bucket
select t.id, t.placed as node, t.need, t.devices, t.queue
from rowhouse.task as t
where t.need is not null and t.state = 'ready' and t.placed > 0
