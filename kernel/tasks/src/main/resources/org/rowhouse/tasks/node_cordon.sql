-- Cordons a node.    locks: its row
select rowhouse.cordon_node(:name)
