-- Makes room for the interfaces of a version that is recorded again.
-- takes: component, version
delete from rowhouse.component_interface where component = :component and version = :version
