-- How late each workflow that slept until a moment had ended, in milliseconds after its time.
select (extract(epoch from task.ended_at - step.wake_at) * 1000)::double precision
from rowhouse.task
join rowhouse.step on step.bucket = task.bucket and step.task = task.id and step.kind = 'sleep'
where task.function = 'asleep' and task.state = 'succeeded' and (task.input ->> 'epochMs')::bigint = ?
