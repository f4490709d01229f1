-- Lets calls of an operation be made as its author says.
-- set: the operation :name    gives: an object    locks: as the function says
select json_build_object('name', :name::text, 'done', rowhouse.reset_operation(:name::text) is not null)
