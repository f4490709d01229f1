-- Makes simulated nodes or changes them.
-- set: the nodes, an array of objects    gives: an array of {name, parts}    locks: as the function says
select coalesce(json_agg(declared), '[]'::json) from rowhouse.declare_nodes(:nodes::jsonb) as declared
