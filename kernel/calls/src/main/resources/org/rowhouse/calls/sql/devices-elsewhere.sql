-- Devices that follow the directory of another node that is up; where one is connected twice, as it came last.
-- takes: node, most    gives: a row for each
select distinct on (d.name) d.name, d.door, coalesce(d.address, '') as address, d.offers
from rowhouse.connected_device as d
join rowhouse.node as n on n.number = d.node
where n.ended_at is null and d.node <> :node::integer and d.follows
order by d.name, d.since desc
limit :most::integer
