-- Cordons a node.
-- set: the node :name    gives: an object    locks: as the function says
select json_build_object('name', :name::text, 'done', rowhouse.cordon_node(:name::text) is not null)
