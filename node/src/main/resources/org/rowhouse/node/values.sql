-- The values of a task in full.
-- set: the task :id    gives: its input, output and error; no row if unknown    locks: none
select json_build_object('input', task.input, 'output', task.output, 'error', task.error)
from rowhouse.task
where task.bucket = rowhouse.bucket_of(:id::uuid) and task.id = :id::uuid
