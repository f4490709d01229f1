-- Makes room for the consumers of a version that is recorded again.
-- takes: component, version
delete from rowhouse.component_consumer where component = :component and version = :version
