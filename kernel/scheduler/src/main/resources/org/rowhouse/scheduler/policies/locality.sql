-- Moves the task to its data: prefers the node to which the fewest bytes must move, in steps of a MiB, and of its devices
-- the one with least left. Takes candidates, locks nothing.
select task, node, device, -floor(bytes_away / 1048576) as score, -device_left_milli as preference
from candidate
