-- Runs ended tasks afresh.
-- set: the tasks :ids    gives: an array of {id, outcome}, one for each task touched    locks: as the function says
select coalesce(json_agg(touched), '[]'::json) from rowhouse.retry_tasks(:ids::uuid[]) as touched
