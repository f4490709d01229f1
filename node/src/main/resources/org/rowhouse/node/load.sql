-- What runs where: nodes that are up, simulated, or were found dead in the last :minutes minutes, with what runs on each by function.
-- How many tasks end there a second is what each node told in the last minute; of the node that answers, :own_node, what it
-- has counted since: :ended in :ended_seconds.
-- How many tasks run on a node is what it told at its last beat; of which function they are, a sample tells.
-- set: such nodes, by zone and name, at most :nodes; at most :most running tasks of each bucket
-- gives: one object; of a node without what is null, its work as pairs of a place in functions and a number    locks: none
with known as materialized (
    select number, name, zone, tier, cores_milli, memory_mib, devices, ended_at, running as told,
        case
            when ended_at is not null then 'dead'
            when simulated then 'simulated'
            when lease_until < now() then 'silent'
            when drained_at is not null then 'drained'
            when draining_at is not null then 'draining'
            when cordoned_at is not null then 'cordoned'
            else 'up'
        end as state
    from rowhouse.node
    where ended_at is null
        or (ended_by = 'lease' and ended_at > now() - make_interval(mins => :minutes::integer) and not exists (
            select from rowhouse.node as later where later.name = node.name and later.number > node.number))
), running as materialized (
    select node, component, function, sum(tasks)::bigint as tasks
    from rowhouse.running_by_node(:most::integer)
    group by node, component, function
), functions as materialized (
    select component, function, tasks, row_number() over (order by tasks desc, component, function) - 1 as place
    from (
        select component, function, sum(tasks)::bigint as tasks
        from running
        group by component, function
        order by sum(tasks) desc, component, function
        limit 100
    ) as busiest
), work as (
    select running.node, sum(running.tasks)::bigint as tasks,
        json_agg(json_build_array(functions.place, running.tasks) order by functions.place) as pairs
    from running
    left join functions using (component, function)
    group by running.node
), shown as materialized (
    select * from known order by zone, name limit :nodes::integer
), told as (
    select shown.number as node, last.requests / greatest(
        extract(epoch from last.until - greatest(last.since, last.until - interval '61 seconds')), 1) as rate
    from shown
    cross join lateral (
        select c.since, c.until, c.requests
        from rowhouse.calls as c
        where c.node = shown.number and c.call = 'finish'
        order by c.since desc
        limit 1
    ) as last
    where shown.state <> 'dead' and last.until > now() - interval '65 seconds'
), pace as (
    select node, rate from told where node <> :own_node::integer or :ended_seconds::float8 < 5
    union all
    select :own_node::integer, :ended::bigint / nullif(:ended_seconds::float8, 0) where :ended_seconds::float8 >= 5
), listed as (
    select known.name, known.zone, known.tier, known.state, known.cores_milli, known.memory_mib, nullif(known.devices, 0) as devices,
        known.ended_at,
        case when known.ended_at is null then nullif(greatest(known.told, coalesce(work.tasks, 0)), 0) end as running,
        work.pairs as work, nullif(round(pace.rate::numeric, 1), 0) as ended_per_s
    from shown as known
    left join pace on pace.node = known.number and known.ended_at is null
    left join work on work.node = known.number and known.ended_at is null
)
select json_build_object(
    'states', (select json_object_agg(state, number) from (select state, count(*) as number from known group by state) as counted),
    'nodes', (select coalesce(json_agg(json_strip_nulls(to_json(listed)) order by zone, name), '[]'::json) from listed),
    'functions', (select coalesce(json_agg(json_build_object('component', component, 'function', function, 'tasks', tasks) order by place), '[]'::json)
                  from functions))
