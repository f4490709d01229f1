-- How to reach a life of a node.
-- set: one life    gives: its node's name and addresses; none if it is over or takes no connections    locks: none
select n.name, a.machine, a.tcp, a.tls, a.ring
from rowhouse.node as n
join rowhouse.wire_address as a on a.node = n.number
where n.number = :life::integer and n.ended_at is null
