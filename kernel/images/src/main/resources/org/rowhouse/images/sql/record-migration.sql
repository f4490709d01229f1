-- Records a migration that was run in this transaction.
-- takes: component, file, version, digest
insert into rowhouse.component_migration (component, file, position, version, digest)
select :component::text, :file::text, coalesce(max(position), 0) + 1, :version::text, :digest::text
from rowhouse.component_migration
where component = :component
