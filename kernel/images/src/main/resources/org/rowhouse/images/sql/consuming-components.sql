-- The components whose current version consumes something.
-- takes: nothing    gives: component, version, kind
select c.name as component, c.version, c.kind
from rowhouse.component as c
where c.current
  and exists (
    select from rowhouse.component_consumer as u
    where u.component = c.name and u.version = c.version)
order by c.name
