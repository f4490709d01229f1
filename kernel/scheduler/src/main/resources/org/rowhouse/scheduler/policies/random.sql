-- Any node where the task fits, and any of its devices, each with the same chance. Takes candidates, locks nothing.
select task, node, device, draw as score, random() as preference
from candidate
