-- The regions, where each has its home, and who may use which verbs; no home while that one's lease is over.
-- set: all regions, or the one named :name; :most is not asked    gives: an array    locks: none
with listed as (
    select g.name, g.bytes, g.component, g.node, n.name as home, g.incarnation, h.lease_until, g.began_at,
           g.created_at, g.created_by,
           (select coalesce(json_object_agg(r.grantee, to_json(r.verbs) order by r.grantee), '{}'::json)
            from rowhouse.region_right as r
            where r.region = g.number) as rights
    from rowhouse.region as g
    left join rowhouse.region_home as h on h.life = g.home and h.lease_until >= now()
    left join rowhouse.node as n on n.number = h.life
    where (:name::text is null or g.name = :name::text) and :most::integer > 0
)
select coalesce(json_agg(listed order by name), '[]'::json) from listed
