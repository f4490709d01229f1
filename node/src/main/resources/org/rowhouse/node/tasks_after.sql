-- A page of the tasks that are next newer than one, newest first.
-- set: the tasks newer than :after that fit the filter, from at most :look tasks of each bucket, or from all if that is null
-- gives: one object {tasks, next, previous}; next is where the page of older ones begins, previous where that of newer ones
-- does, null if there are none    locks: none
with highest as materialized (
    select case
        when :look::integer is null then 'ffffffff-ffff-ffff-ffff-ffffffffffff'
        else rowhouse.looked_up_to(:after::uuid, :look::integer)
    end as id
), page as materialized (
    select found.*
    from highest
    cross join lateral rowhouse.tasks_after(
        :after::uuid, highest.id, :states::text[], :queue::text, :component::text, :function::text, :roots::boolean,
        :limit::integer) as found
    order by found.id limit :limit::integer
), listed as (
    select id, state, component, version, function, queue, priority, attempt, crashes, node, parent, root, partition,
           deduplication, started_by, cancel_requested, created_at, claimed_at, ended_at, wake_at, deadline,
           error ->> 'message' as error
    from page
)
select json_build_object(
    'tasks', coalesce((select json_agg(listed order by id desc) from listed), '[]'::json),
    'next', (select id from page order by id limit 1),
    'previous', case
        when (select count(*) from page) = :limit::integer then (select id from page order by id desc limit 1)
        else (select nullif(id, 'ffffffff-ffff-ffff-ffff-ffffffffffff') from highest)
    end)
