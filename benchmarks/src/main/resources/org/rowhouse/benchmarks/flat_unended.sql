-- Adds tasks like a given one that have not begun: ready in a queue, or waiting for next year.
-- Parameters: the task, how many, ready or waiting, the queue.
with template as (
    select * from rowhouse.task where bucket = rowhouse.bucket_of(?) and id = ?
), fresh as materialized (
    select rowhouse.new_id(number % (select value::integer from rowhouse.setting where name = 'buckets')) as id
    from generate_series(1, ?) as number
), added as (
    insert into rowhouse.task (
        bucket, id, state, wake_at, root, component, version, function, queue, started_by, input)
    select
        rowhouse.bucket_of(fresh.id), fresh.id, wanted.state,
        case wanted.state when 'waiting' then now() + interval '1 year' end, fresh.id,
        component, version, function, wanted.queue, started_by, input
    from fresh, template, (select ?::rowhouse.task_state as state, ? as queue) as wanted
    returning bucket, id, state
), noted as (
    insert into rowhouse.task_event (bucket, task, number, attempt, state, cause)
    select bucket, id, 0, 0, state, 'start' from added
)
select pg_notify('rowhouse', 'ready ' || ?)
