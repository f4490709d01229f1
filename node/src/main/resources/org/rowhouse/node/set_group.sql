-- Declares a group of a topic, or changes how it tries messages.
-- set: the group :group of :name    gives: an object    locks: as the function says
select json_build_object('topic', :name::text, 'group', :group::text, 'done', rowhouse.set_group(
    :name::text, :group::text, :beginning::boolean, :deliveries::integer, :back_off_ms::integer) is not null)
