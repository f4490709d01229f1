-- How late each workflow that waited for a child had ended, in milliseconds after the child was due.
select (extract(epoch from task.ended_at - child.created_at) * 1000)::double precision - (child.input ->> 'ms')::bigint
from rowhouse.task
join rowhouse.task as child on child.bucket = task.bucket and child.parent = task.id
where task.function = 'waiting' and task.state = 'succeeded' and (task.input ->> 'epochMs')::bigint = ?
