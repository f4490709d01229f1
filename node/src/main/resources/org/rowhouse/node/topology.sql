-- What the machine of the node :name is made of.
-- set: its parts, at most :limit    gives: an array, parents before what is in them    locks: none
select coalesce(json_agg(listed order by listed.part), '[]'::json)
from (
    select part, parent, kind, name, class, memory_mib, share_milli, peer, distance, mib_per_s, detail - 'digest' as detail
    from rowhouse.topology
    where node = :name::text
    order by part
    limit :limit::integer
) as listed
