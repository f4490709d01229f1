-- A task and what it started, directly and through others, parents before children.
-- set: at most :limit tasks from :root down    gives: one object {tasks, next}    locks: none
with recursive bucket as (
    select number::smallint as number
    from generate_series(0, (select max(value::integer) - 1 from rowhouse.setting where name in ('buckets', 'key_buckets'))) as number
), below as (
    select task.*, 0 as depth from rowhouse.task
    where task.bucket = rowhouse.bucket_of(:root::uuid) and task.id = :root::uuid
    union all
    select child.*, below.depth + 1
    from below
    cross join bucket
    cross join lateral (
        select task.* from rowhouse.task
        where task.bucket = bucket.number and task.parent = below.id
        limit :limit::integer
    ) as child
), page as (
    select * from below limit :limit::integer
), listed as (
    select id, depth, state, component, version, function, queue, priority, attempt, crashes, node, parent, parent_step,
           parent_position, root, partition, deduplication, started_by, cancel_requested, created_at, claimed_at, ended_at,
           wake_at, deadline, error ->> 'message' as error
    from page
    where :states::text[] is null or state = any (:states::text[]::rowhouse.task_state[])
)
select json_build_object(
    'tasks', coalesce((select json_agg(listed order by depth, parent, parent_step, parent_position, id) from listed), '[]'::json),
    'next', null)
