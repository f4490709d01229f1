-- Drains a node.
-- set: the node :name    gives: an object    locks: as the function says
select json_build_object(
    'name', :name::text,
    'done', rowhouse.drain_node(:name::text, make_interval(secs => :hand_over_seconds::double precision)) is not null)
