-- Places nothing: tasks that need something of their node wait. Takes candidates, locks nothing.
select task, node, device, 0 as score
from candidate
where false
