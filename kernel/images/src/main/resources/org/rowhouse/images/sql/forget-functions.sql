-- Makes room for the functions of a version that is recorded again.
-- takes: component, version
delete from rowhouse.component_function where component = :component and version = :version
