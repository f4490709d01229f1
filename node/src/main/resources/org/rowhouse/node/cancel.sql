-- Cancels tasks.
-- set: the tasks :ids, with their children if :children    gives: an array of {id, outcome}, one for each task touched    locks: as the function says
select coalesce(json_agg(touched), '[]'::json) from rowhouse.cancel_tasks(:ids::uuid[], :children::boolean) as touched
