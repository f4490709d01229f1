-- One task with all that is known about it.
-- set: the task :id    gives: its columns, steps, events and counts of its children by state; no row if unknown    locks: none
with bucket as (
    select number::smallint as number
    from generate_series(0, (select max(value::integer) - 1 from rowhouse.setting where name in ('buckets', 'key_buckets'))) as number
), child as (
    select found.state, count(*) as tasks
    from bucket
    cross join lateral (
        select task.state from rowhouse.task where task.bucket = bucket.number and task.parent = :id::uuid
    ) as found
    group by found.state
)
select (to_jsonb(task) - 'bucket') || jsonb_build_object(
    'steps', (
        select coalesce(jsonb_agg(to_jsonb(step) - 'bucket' - 'task' order by step.number), '[]')
        from rowhouse.step where step.bucket = task.bucket and step.task = task.id),
    'events', (
        select coalesce(jsonb_agg(to_jsonb(event) - 'bucket' - 'task' order by event.number), '[]')
        from (select * from rowhouse.task_event
              where task_event.bucket = task.bucket and task_event.task = task.id
              order by number desc limit 1000) as event),
    'children', (select coalesce(jsonb_object_agg(child.state, child.tasks), '{}') from child))
from rowhouse.task
where task.bucket = rowhouse.bucket_of(:id::uuid) and task.id = :id::uuid
