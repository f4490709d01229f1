-- How far a task is: its state, how many children it has asked for, and how many of them stand where.
-- set: the task :id    gives: {id, state, total, ended, failed, running}; no row if unknown    locks: none
with bucket as (
    select number::smallint as number
    from generate_series(0, (select max(value::integer) - 1 from rowhouse.setting where name in ('buckets', 'key_buckets'))) as number
), counted as (
    select count(*) as started,
           count(*) filter (where found.state >= 'succeeded') as ended,
           count(*) filter (where found.state > 'succeeded') as failed,
           count(*) filter (where found.state = 'running') as running
    from bucket
    cross join lateral (
        select task.state from rowhouse.task where task.bucket = bucket.number and task.parent = :id::uuid
    ) as found
), asked as (
    select sum((step.output ->> 'count')::bigint) as children
    from rowhouse.step
    where step.bucket = rowhouse.bucket_of(:id::uuid) and step.task = :id::uuid and step.kind = 'children'
)
select jsonb_build_object(
    'id', task.id, 'state', task.state, 'total', greatest(asked.children, counted.started), 'ended', counted.ended,
    'failed', counted.failed, 'running', counted.running)
from rowhouse.task cross join counted cross join asked
where task.bucket = rowhouse.bucket_of(:id::uuid) and task.id = :id::uuid
