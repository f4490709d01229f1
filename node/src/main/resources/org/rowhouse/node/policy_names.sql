-- The names of policies, the first fifty.
-- set: all of them    gives: an array    locks: none
select coalesce(json_agg(first.name order by first.name), '[]'::json)
from (select distinct policy.name from rowhouse.policy order by policy.name limit 50) as first
