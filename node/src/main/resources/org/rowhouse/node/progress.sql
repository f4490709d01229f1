-- How far a task is: its state, how many tasks it and its children have asked for, and how many of these stand where.
-- Looks into the children only while there are few of them: a flat fan-out is counted by itself, quickly.
-- set: the task :id    gives: {id, state, total, ended, failed, running}; no row if unknown    locks: none
with bucket as (
    select number::smallint as number
    from generate_series(0, (select max(value::integer) - 1 from rowhouse.setting where name in ('buckets', 'key_buckets'))) as number
), child as materialized (
    select found.id, found.state
    from bucket
    cross join lateral (
        select task.id, task.state from rowhouse.task where task.bucket = bucket.number and task.parent = :id::uuid
    ) as found
), parent as materialized (
    select child.id from child where (select count(*) from child) <= 1000
), descendant as (
    select child.state from child
    union all
    select found.state
    from parent
    cross join bucket
    cross join lateral (
        select task.state from rowhouse.task where task.bucket = bucket.number and task.parent = parent.id
    ) as found
), counted as (
    select count(*) as started,
           count(*) filter (where descendant.state >= 'succeeded') as ended,
           count(*) filter (where descendant.state > 'succeeded') as failed,
           count(*) filter (where descendant.state = 'running') as running
    from descendant
), asked as (
    select sum((found.output ->> 'count')::bigint) as children
    from (select :id::uuid as id union all select parent.id from parent) as starter
    cross join lateral (
        select step.output
        from rowhouse.step
        where step.bucket = rowhouse.bucket_of(starter.id) and step.task = starter.id and step.kind = 'children'
    ) as found
)
select jsonb_build_object(
    'id', task.id, 'state', task.state, 'total', greatest(asked.children, counted.started), 'ended', counted.ended,
    'failed', counted.failed, 'running', counted.running)
from rowhouse.task cross join counted cross join asked
where task.bucket = rowhouse.bucket_of(:id::uuid) and task.id = :id::uuid
