-- Says that a node takes no more calls.
-- takes: node
select rowhouse.end_calls(:node::integer)
