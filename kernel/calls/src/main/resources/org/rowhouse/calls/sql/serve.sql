-- Says that a node serves an interface.
-- takes: node, interface, component, version, operations
select rowhouse.serve_interface(:node::integer, :interface, :component, :version, :operations::text[])
