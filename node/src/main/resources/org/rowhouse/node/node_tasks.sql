-- What runs on the node :name, the longest first.
-- set: at most :most running tasks of each bucket
-- gives: {tasks, counted, functions}: the first :limit of them, how many there are, and how many of each function; no row if
-- there is no such node    locks: none
with found as materialized (
    select task.*
    from rowhouse.node
    cross join lateral rowhouse.tasks_on(node.number, :most::integer) as task
    where node.name = :name::text and node.ended_at is null
), page as (
    select id, state, component, version, function, queue, priority, attempt, parent, created_at, claimed_at, deadline
    from found
    order by claimed_at, id
    limit :limit::integer
), functions as (
    select component, function, count(*) as tasks
    from found
    group by component, function
    order by count(*) desc, component, function
    limit 20
)
select json_build_object(
    'tasks', (select coalesce(json_agg(page order by claimed_at, id), '[]'::json) from page),
    'counted', (select count(*) from found),
    'functions', (select coalesce(json_agg(functions order by tasks desc, component, function), '[]'::json) from functions))
where exists (select from rowhouse.node where name = :name::text)
