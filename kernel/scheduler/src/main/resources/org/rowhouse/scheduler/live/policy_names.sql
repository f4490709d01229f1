-- The names of policies, the first fifty.
-- gives: one text; locks: none
select coalesce(string_agg(name, ', ' order by name), 'none') as names
from (select distinct p.name from rowhouse.policy as p order by p.name limit 50) as first
