-- Says where a node's API answers.
-- set: one node: address, number
-- gives: nothing
-- locks: the node
update rowhouse.node set address = ? where number = ?
