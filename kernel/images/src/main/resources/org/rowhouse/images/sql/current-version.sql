-- The current version of a component.
-- takes: name    gives: version, or no row
select version from rowhouse.component where name = :name and current
