-- Drains a node.    locks: its row
select rowhouse.drain_node(:name, :hand_over_after_ms::bigint * interval '1 millisecond')
