-- Who serves what, in the current version of its component, on nodes that are up and not about to go.
-- gives: a row for each, with how to reach the node and how many thousandths of cores it has free
select i.interface, i.component, i.version, i.node, n.name, a.machine, a.tcp, a.tls, a.ring,
       greatest(n.cores_milli - n.running * 1000, 0) as free_milli
from rowhouse.instance as i
join rowhouse.node as n on n.number = i.node
join rowhouse.wire_address as a on a.node = i.node
join rowhouse.component as c on c.name = i.component and c.version = i.version
where c.current and n.ended_at is null and n.lease_until > clock_timestamp() and n.draining_at is null
order by i.interface, i.component, i.node
