-- Writes placements.
-- takes: the node in office, and tasks, nodes and devices side by side; gives: the tasks that were placed, with node and
-- queue; locks: these tasks, skipping those that others change
select id, node, queue
from rowhouse.place_tasks(:node::integer, :tasks::uuid[], :nodes::integer[], :devices::bigint[])
