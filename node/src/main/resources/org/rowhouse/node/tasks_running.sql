-- A page of running tasks, newest first: by the index of running tasks, which are few.
-- set: the running tasks older than :before that fit the filter
-- gives: one object {tasks, next}; next is where the next page begins, null at the end    locks: none
with page as materialized (
    select *
    from rowhouse.tasks_before(
        :before::uuid, '00000000-0000-0000-0000-000000000000', '{running}', :queue::text, :component::text, :function::text,
        :roots::boolean, :limit::integer) as found
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
