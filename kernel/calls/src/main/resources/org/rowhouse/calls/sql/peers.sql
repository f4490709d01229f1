-- By which nodes that are up prove who they are to others of their machine.
-- gives: a row for each
select n.name, a.key
from rowhouse.wire_address as a
join rowhouse.node as n on n.number = a.node
where n.ended_at is null
