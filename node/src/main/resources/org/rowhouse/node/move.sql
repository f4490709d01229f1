-- Moves tasks to another queue.
-- set: the tasks :ids    gives: an array of {id, outcome}, one for each task touched    locks: as the function says
select coalesce(json_agg(touched), '[]'::json) from rowhouse.move_tasks(:ids::uuid[], :queue::text) as touched
