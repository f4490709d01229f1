-- Gives tasks another priority.
-- set: the tasks :ids    gives: an array of {id, outcome}, one for each task touched    locks: as the function says
select coalesce(json_agg(touched), '[]'::json) from rowhouse.prioritise_tasks(:ids::uuid[], :priority::integer) as touched
