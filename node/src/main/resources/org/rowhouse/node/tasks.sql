-- A page of tasks, newest first.
-- set: the tasks older than :before that fit the filter, from at most :look tasks of each bucket
-- gives: one object {tasks, next}; next is where the next page begins, null at the end    locks: none
with bucket as (
    select number::smallint as number
    from generate_series(0, (select max(value::integer) - 1 from rowhouse.setting where name in ('buckets', 'key_buckets'))) as number
), lowest as (
    select looked.id
    from bucket
    cross join lateral (
        select task.id from rowhouse.task
        where task.bucket = bucket.number and task.id < :before::uuid
        order by task.id desc offset :look::integer limit 1
    ) as looked
    order by looked.id desc limit 1
), page as (
    select found.*
    from bucket
    cross join lateral (
        select task.* from rowhouse.task
        where task.bucket = bucket.number and task.id < :before::uuid
          and task.id >= coalesce((select id from lowest), '00000000-0000-0000-0000-000000000000')
          and (:states::text[] is null or task.state = any (:states::text[]::rowhouse.task_state[]))
          and (:queue::text is null or task.queue = :queue::text)
          and (:component::text is null or task.component = :component::text)
          and (:function::text is null or task.function = :function::text)
          and (not :roots::boolean or task.parent is null)
        order by task.id desc limit :limit::integer
    ) as found
    order by found.id desc limit :limit::integer
), listed as (
    select id, state, component, version, function, queue, priority, attempt, crashes, node, parent, root, partition,
           deduplication, started_by, cancel_requested, created_at, claimed_at, ended_at, wake_at, deadline,
           error ->> 'message' as error
    from page
)
select json_build_object(
    'tasks', coalesce((select json_agg(listed order by id desc) from listed), '[]'::json),
    'next', case when (select count(*) from page) = :limit::integer then (select id from page order by id limit 1)
                 else (select id from lowest) end)
