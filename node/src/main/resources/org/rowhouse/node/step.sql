-- One step of a task with its output.
-- set: the step :number of the task :id    gives: its columns; no row if unknown    locks: none
select to_jsonb(step) - 'bucket'
from rowhouse.step
where step.bucket = rowhouse.bucket_of(:id::uuid) and step.task = :id::uuid and step.number = :number::integer
