-- Records a migration that was run in this transaction.
-- takes: component, file, version, digest, component
insert into rowhouse.component_migration (component, file, position, version, digest)
select ?, ?, coalesce(max(position), 0) + 1, ?, ? from rowhouse.component_migration where component = ?
