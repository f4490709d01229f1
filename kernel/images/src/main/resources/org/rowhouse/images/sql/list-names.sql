-- The names of all components.
-- gives: name
select name from rowhouse.component where current order by name
