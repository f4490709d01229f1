-- A page of tasks, newest first.
-- set: the tasks older than :before that fit the filter, from at most :look tasks of each bucket
-- gives: one object {tasks, next}; next is where the next page begins, null at the end    locks: none
with lowest as materialized (
    select rowhouse.looked_down_to(:before::uuid, :look::integer) as id
), page as materialized (
    select found.*
    from lowest
    cross join lateral rowhouse.tasks_before(
        :before::uuid, lowest.id, :states::text[], :queue::text, :component::text, :function::text, :roots::boolean,
        :limit::integer) as found
    order by found.id desc limit :limit::integer
), listed as (
    select id, state, component, version, function, queue, priority, attempt, crashes, node, parent, root, partition,
           deduplication, started_by, cancel_requested, created_at, claimed_at, ended_at, wake_at, deadline,
           error ->> 'message' as error
    from page
)
select json_build_object(
    'tasks', coalesce((select json_agg(listed order by id desc) from listed), '[]'::json),
    'next', case
        when (select count(*) from page) = :limit::integer then (select id from page order by id limit 1)
        else (select nullif(id, '00000000-0000-0000-0000-000000000000') from lowest)
    end)
