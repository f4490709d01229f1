-- Begins a transaction step: makes sure that the task is still this attempt's and keeps it so until the commit.
-- set: one task, by bucket, id and attempt; and the step's number
-- gives: whether the task shall end, and the step's name, kind, output and error if it is recorded already; no row if fenced
-- locks: the task, shared
select task.cancel_requested, step.name, step.kind, step.output::text, step.error::text
from rowhouse.task
left join rowhouse.step on step.bucket = task.bucket and step.task = task.id and step.number = ? and step.done
where task.bucket = ? and task.id = ? and task.attempt = ? and task.state = 'running'
for share of task
