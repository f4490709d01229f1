-- Where data lies on nodes that are up.
-- gives: name of the data, name of the node, bytes; locks: none
select d.name, d.node, d.bytes
from rowhouse.data_place as d
join rowhouse.node as n on n.name = d.node and n.ended_at is null
