-- A task and what it started, directly and through others, parents before children.
-- set: at most :limit tasks from :root down    gives: one object {tasks, next}    locks: none
with page as materialized (
    select below.depth, (below.task).* from rowhouse.tasks_below(:root::uuid, :limit::integer) as below
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
