-- Devices and edge nodes that have or had a token, and whoever is connected as they are; without what they prove themselves by.
-- set: at most :limit with names after :after    gives: an array    locks: none
with connections as (
    select d.name, n.name as node, d.door, d.since, d.follows, d.address, d.offers
    from rowhouse.connected_device as d
    join rowhouse.node as n on n.number = d.node
    where n.ended_at is null and d.name > :after
), page as (
    select d.name from rowhouse.device as d where d.name > :after
    union
    select c.name from connections as c
    order by name
    limit :limit::integer
), listed as (
    select p.name,
           case when d.name is null then 'account' when d.revoked_at is null then 'good' else 'revoked' end as state,
           d.issued_at, d.issued_by, d.revoked_at, d.revoked_by,
           (select coalesce(json_agg(json_build_object(
                'node', c.node, 'door', c.door, 'since', c.since, 'follows', c.follows, 'address', c.address,
                'offers', c.offers) order by c.since), '[]'::json)
            from connections as c
            where c.name = p.name) as connections
    from page as p
    left join rowhouse.device as d on d.name = p.name
)
select coalesce(json_agg(listed order by listed.name), '[]'::json) from listed
