-- Says that a node's doors for devices are closed.
-- takes: node
select rowhouse.end_devices(:node::integer)
