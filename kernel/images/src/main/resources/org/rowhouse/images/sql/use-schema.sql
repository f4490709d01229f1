-- Makes a component's schema if need be and looks up names there until the transaction ends.
-- takes: schema
select rowhouse.use_component_schema(:schema)
