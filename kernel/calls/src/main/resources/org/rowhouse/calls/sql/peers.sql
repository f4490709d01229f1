-- Who may call over loopback: the nodes that are up, by the hash of what they show.
-- gives: a row for each
select a.token_hash, n.name
from rowhouse.wire_address as a
join rowhouse.node as n on n.number = a.node
where n.ended_at is null
