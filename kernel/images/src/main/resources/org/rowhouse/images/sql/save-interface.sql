-- Records one interface that a version serves.
-- takes: component, version, interface, its operations' names
insert into rowhouse.component_interface (component, version, interface, operations)
values (:component, :version, :interface, :operations)
