-- What the nodes that are up have, at most :limit of them, by zone and name.
-- set: the nodes that are up    gives: an array, each with its devices by model    locks: none
with up as (
    select number, name, zone, tier, roles, labels, cores_milli, memory_mib, running, simulated, cordoned_at
    from rowhouse.node
    where ended_at is null and (lease_until > now() or simulated)
    order by zone, name
    limit :limit::integer
), listed as (
    select up.*, coalesce((
        select json_agg(kind order by kind.class, kind.model)
        from (
            select class, name as model, count(*) as count, max(memory_mib) as memory_mib
            from rowhouse.topology
            where topology.node = up.name and topology.kind = 'device'
            group by class, name
        ) as kind), '[]'::json) as devices
    from up
)
select coalesce(json_agg(listed order by zone, name), '[]'::json) from listed
