-- Ends a node's life.
-- set: one node, by number
-- gives: nothing
-- locks: the node
update rowhouse.node set ended_at = now(), ended_by = 'close' where number = ? and ended_at is null
