-- Places nothing: nodes take ready tasks as they have room. Takes candidates, locks nothing.
select task, node, device, 0 as score
from candidate
where false
