-- The cluster at a glance: nodes, queues, and the functions that are slowest in a sample of the newest tasks. Counts stop at :most.
-- set: the nodes that are up, the queues, and some :sample tasks    gives: one object    locks: none
with up as (
    select number, name, zone, tier, running, cores_milli, memory_mib, devices, version, cordoned_at, draining_at
    from rowhouse.node
    where ended_at is null and lease_until > now() and not simulated
), queued as (
    select queue.name, queue.paused,
        rowhouse.count_tasks('ready', queue.name, :most::integer) as ready,
        rowhouse.count_tasks('running', queue.name, :most::integer) as running
    from rowhouse.queue
), newest as (
    select task.component, task.function, task.state,
        extract(epoch from coalesce(task.ended_at, now()) - task.claimed_at) as seconds
    from rowhouse.tasks_before(
        'ffffffff-ffff-ffff-ffff-ffffffffffff', '00000000-0000-0000-0000-000000000000', null, null, null, null, false,
        greatest(:sample::integer / rowhouse.buckets_used(), 10)) as task
    where task.claimed_at is not null
), timed as (
    select component, function, count(*) as tasks, count(*) filter (where state = 'running') as running,
        count(*) filter (where state in ('failed', 'parked')) as failed,
        round(1000 * (percentile_cont(0.5) within group (order by seconds))::numeric, 1) as p50_ms,
        round(1000 * (percentile_cont(0.99) within group (order by seconds))::numeric, 1) as p99_ms,
        round(1000 * max(seconds), 1) as max_ms
    from newest
    group by component, function
)
select json_build_object(
    'now', now(),
    'nodes_up', (select count(*) from up),
    'running', (select coalesce(sum(running), 0) from up),
    'nodes', (select coalesce(json_agg(each order by each.running desc, each.name), '[]'::json)
              from (select * from up order by running desc, name limit :nodes::integer) as each),
    'queues', (select coalesce(json_agg(each order by each.ready + each.running desc, each.name), '[]'::json)
               from (select * from queued order by ready + running desc, name limit 50) as each),
    'functions', (select coalesce(json_agg(each order by each.p99_ms desc, each.component, each.function), '[]'::json)
                  from (select * from timed order by p99_ms desc limit 50) as each))
