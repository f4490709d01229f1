-- Where a region is.
-- set: one region
-- gives: its row, without rights; none if there is no such region; no home if that one's lease is over
-- locks: none
select g.number, g.name, g.bytes, g.component, h.life as home, g.incarnation,
    '{}'::text[] as grantees, '{}'::text[] as verbs
from rowhouse.region as g
left join rowhouse.region_home as h on h.life = g.home and h.lease_until >= now()
where g.name = :name
