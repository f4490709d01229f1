-- Nodes that tasks may be placed on.
-- gives: number, name, cores, memory, zone, tier, labels, and class and model of its devices in their order; locks: none
select
    n.number, n.name, n.cores_milli, n.memory_mib, n.zone, n.tier, n.labels,
    array(
        select coalesce(t.class, '') from rowhouse.topology as t where t.node = n.name and t.kind = 'device' order by t.part) as classes,
    array(
        select t.name from rowhouse.topology as t where t.node = n.name and t.kind = 'device' order by t.part) as models
from rowhouse.node as n
where n.ended_at is null and n.cordoned_at is null and not n.simulated and 'processor' = any (n.roles)
order by n.number
