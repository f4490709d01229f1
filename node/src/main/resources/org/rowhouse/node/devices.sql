-- Devices and edge nodes that are connected, by name.
-- set: at most :limit with names after :after    gives: an array    locks: none
with listed as (
    select d.name, n.name as node, d.door, d.follows, d.address, d.offers, d.since
    from rowhouse.connected_device as d
    join rowhouse.node as n on n.number = d.node
    where n.ended_at is null and d.name > :after
    order by d.name, d.since
    limit :limit::integer
)
select coalesce(json_agg(listed order by listed.name, listed.since), '[]'::json) from listed
