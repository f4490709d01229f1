-- A page of running tasks, newest first: by the index of running tasks, which are few.
-- set: the running tasks older than :before that fit the filter
-- gives: one object {tasks, next}; next is where the next page begins, null at the end    locks: none
with bucket as (
    select number::smallint as number
    from generate_series(0, (select max(value::integer) - 1 from rowhouse.setting where name in ('buckets', 'key_buckets'))) as number
), page as (
    select found.*
    from bucket
    cross join lateral (
        select task.* from rowhouse.task
        where task.bucket = bucket.number and task.id < :before::uuid
          and task.state = 'running'
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
    'next', case when (select count(*) from page) = :limit::integer then (select id from page order by id limit 1) end)
