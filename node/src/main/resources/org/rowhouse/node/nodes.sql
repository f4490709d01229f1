-- The lives of nodes, latest first.
-- set: at most :limit    gives: an array    locks: none
select coalesce(json_agg(listed order by listed.number desc), '[]'::json)
from (
    select node.*, node.ended_at is null and node.lease_until > now() as alive
    from rowhouse.node order by node.number desc limit :limit::integer
) as listed
