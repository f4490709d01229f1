-- Lets ended tasks go on after their last durable step.
-- set: the tasks :ids    gives: an array of {id, outcome}, one for each task touched    locks: as the function says
select coalesce(json_agg(touched), '[]'::json) from rowhouse.resume_tasks(:ids::uuid[]) as touched
