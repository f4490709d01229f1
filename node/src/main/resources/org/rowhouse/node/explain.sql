-- Why a task is where it is.
-- set: the task :id    gives: an array of sentences with the rows behind them; no row if the task is unknown    locks: none
select (
    select coalesce(json_agg(explained order by explained.number), '[]'::json)
    from rowhouse.explain_task(:id::uuid) as explained)
from rowhouse.task
where task.bucket = rowhouse.bucket_of(:id::uuid) and task.id = :id::uuid
