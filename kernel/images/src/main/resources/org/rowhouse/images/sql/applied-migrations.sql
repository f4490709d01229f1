-- The migrations of a component that were run, in order.
-- takes: component    gives: file, digest
select file, digest from rowhouse.component_migration where component = :component order by position
