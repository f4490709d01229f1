-- Lets tasks go on with another version of their component.
-- set: the tasks :ids    gives: an array of {id, outcome}, one for each task touched    locks: as the function says
select coalesce(json_agg(touched), '[]'::json) from rowhouse.move_to_version(:ids::uuid[], :version::text) as touched
