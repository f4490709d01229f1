-- Says where a node takes calls.
-- takes: node, machine, tcp, tls, ring, key
select rowhouse.listen_for_calls(:node::integer, :machine, :tcp, :tls, :ring, :key)
