-- Records what a node's machine is made of, unless that stands there already.
-- set: the parts of one node
-- gives: how many parts were recorded, 0 if nothing has changed
-- locks: the node's row and its parts
select rowhouse.refresh_topology(:name, :parts::jsonb)
