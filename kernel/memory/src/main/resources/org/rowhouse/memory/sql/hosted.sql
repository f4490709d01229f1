-- The regions of a home.
-- set: one home
-- gives: its regions, each with who may use which verbs, as arrays side by side
-- locks: none
select g.number, g.name, g.bytes, g.component, g.home, g.incarnation, r.grantees, r.verbs
from rowhouse.region as g
cross join lateral (
    select coalesce(array_agg(r.grantee order by r.grantee), '{}') as grantees,
           coalesce(array_agg(array_to_string(r.verbs, ' ') order by r.grantee), '{}') as verbs
    from rowhouse.region_right as r
    where r.region = g.number
) as r
where g.home = :life::integer
