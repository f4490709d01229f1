-- Devices and edge nodes that have or had a token, and whoever is connected as they are; without what they prove themselves by.
-- set: at most :limit with names after :after    gives: an array    locks: none
with page as (
    (select d.name from rowhouse.device as d where d.name > :after order by d.name limit :limit::integer)
    union
    (select d.name
     from rowhouse.connected_device as d
     join rowhouse.node as n on n.number = d.node
     where n.ended_at is null and d.name > :after
     order by d.name
     limit :limit::integer)
    order by name
    limit :limit::integer
), connections as (
    select d.name,
           json_agg(json_build_object(
                'node', n.name, 'door', d.door, 'since', d.since, 'follows', d.follows, 'address', d.address,
                'offers', d.offers) order by d.since) as places
    from page as p
    join rowhouse.connected_device as d on d.name = p.name
    join rowhouse.node as n on n.number = d.node
    where n.ended_at is null
    group by d.name
), listed as (
    select p.name,
           case when d.name is null then 'account' when d.revoked_at is null then 'good' else 'revoked' end as state,
           d.issued_at, d.issued_by, d.revoked_at, d.revoked_by, coalesce(c.places, '[]'::json) as connections
    from page as p
    left join rowhouse.device as d on d.name = p.name
    left join connections as c on c.name = p.name
)
select coalesce(json_agg(listed order by listed.name), '[]'::json) from listed
