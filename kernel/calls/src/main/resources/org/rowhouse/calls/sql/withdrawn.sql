-- The components of which no version is current: they serve nobody, though nodes may have loaded them.
-- gives: name
select c.name
from rowhouse.component as c
group by c.name
having not bool_or(c.current)
