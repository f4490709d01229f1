-- Interfaces that current versions of components serve: their operations with how calls of each are made, and the nodes that
-- have loaded them.
-- set: at most :limit    gives: an array    locks: none
with listed as (
    select i.interface, i.component, i.version, (
               select coalesce(json_agg(json_build_object(
                          'name', i.interface || '/' || part.name,
                          'traced', (o.traced_milli / 1000.0)::double precision,
                          'timeout', o.timeout::text,
                          'durable', coalesce(o.durable, false)) order by part.name), '[]'::json)
               from unnest(i.operations) as part (name)
               left join rowhouse.operation as o on o.name = i.interface || '/' || part.name) as operations, (
               select coalesce(json_agg(json_build_object(
                          'node', n.name, 'version', s.version, 'since', s.since, 'machine', a.machine,
                          'outside', a.tls is not null) order by n.name), '[]'::json)
               from rowhouse.instance as s
               join rowhouse.node as n on n.number = s.node
               left join rowhouse.wire_address as a on a.node = s.node
               where s.interface = i.interface and s.component = i.component and n.ended_at is null) as instances
    from rowhouse.component_interface as i
    join rowhouse.component as c on c.name = i.component and c.version = i.version
    where c.current
    order by i.interface, i.component
    limit :limit::integer
)
select coalesce(json_agg(listed order by listed.interface, listed.component), '[]'::json) from listed
