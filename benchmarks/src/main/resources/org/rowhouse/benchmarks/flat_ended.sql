-- Copies an ended task with its events: as many rows as if it had run so often.
-- Parameters: the task, how many copies.
with template as (
    select * from rowhouse.task where bucket = rowhouse.bucket_of(?) and id = ?
), fresh as materialized (
    select rowhouse.new_id(number % (select value::integer from rowhouse.setting where name = 'buckets')) as id
    from generate_series(1, ?) as number
), copied as (
    insert into rowhouse.task (
        bucket, id, state, attempt, event_count, node, created_at, claimed_at, ended_at, root,
        component, version, function, queue, started_by, input, output)
    select
        rowhouse.bucket_of(fresh.id), fresh.id, state, attempt, event_count, node, created_at, claimed_at, ended_at, fresh.id,
        component, version, function, queue, started_by, input, output
    from fresh, template
)
insert into rowhouse.task_event (bucket, task, number, attempt, node, state, at, cause)
select rowhouse.bucket_of(fresh.id), fresh.id, event.number, event.attempt, event.node, event.state, event.at, event.cause
from fresh, template
join rowhouse.task_event as event on event.bucket = template.bucket and event.task = template.id
