-- Nodes: those that are up first, then simulated ones, then lives that have ended, each latest first.
-- set: at most :limit of each; only the node :name, only those of :which, if these are given    gives: an array    locks: none
with up as (
    select node.*
    from rowhouse.node
    where ended_at is null and (:name::text is null or name = :name::text)
        and (:which::text is null or :which::text = case when simulated then 'simulated' else 'up' end)
    order by simulated, number desc
    limit :limit::integer
), over as (
    select node.*
    from rowhouse.node
    where ended_at is not null and (:name::text is null or name = :name::text) and coalesce(:which::text, 'ended') = 'ended'
    order by number desc
    limit :limit::integer
), listed as (
    select each.*, each.ended_at is null and each.lease_until > now() and not each.simulated as alive
    from (select * from up union all select * from over) as each
    order by each.ended_at is null desc, each.simulated, each.number desc
    limit :limit::integer
)
select coalesce(json_agg(to_jsonb(listed) - 'session' order by listed.ended_at is null desc, listed.simulated, listed.number desc), '[]'::json)
from listed
