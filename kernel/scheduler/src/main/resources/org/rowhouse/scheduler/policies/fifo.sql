-- First come, first served, on the first node by name where there is room. Takes candidates, locks nothing.
select task, node, device, 0 as score
from candidate
