-- The deployed components whose current version serves an interface, without those that live in a program.
-- takes: nothing    gives: component, version
select c.name as component, c.version
from rowhouse.component as c
where c.current and c.kind <> 'in-process'
  and exists (
    select from rowhouse.component_interface as i
    where i.component = c.name and i.version = c.version)
order by c.name
