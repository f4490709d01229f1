-- The deployed components whose current version serves an interface, without those that live in a program.
-- takes: interface    gives: component, version
select i.component, i.version
from rowhouse.component_interface as i
join rowhouse.component as c on c.name = i.component and c.version = i.version
where i.interface = :interface and c.current and c.kind <> 'in-process'
order by i.component
