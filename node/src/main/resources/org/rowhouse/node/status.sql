-- What the cluster does now, counted up to :most of each kind. All tasks are estimated by the server's statistics; until there
-- are any, they are counted up to :most as well.
-- set: the unended tasks    gives: one object    locks: none
with bucket as (
    select number::smallint as number
    from generate_series(0, (select max(value::integer) - 1 from rowhouse.setting where name in ('buckets', 'key_buckets'))) as number
)
select json_build_object(
    'running', (select count(*) from (select 1 from bucket cross join lateral (
        select 1 from rowhouse.task where task.bucket = bucket.number and task.state = 'running' limit :most::integer) as one limit :most::integer) as counted),
    'ready', (select count(*) from (select 1 from bucket cross join lateral (
        select 1 from rowhouse.task where task.bucket = bucket.number and task.state = 'ready' limit :most::integer) as one limit :most::integer) as counted),
    'waiting', (select count(*) from (select 1 from bucket cross join lateral (
        select 1 from rowhouse.task where task.bucket = bucket.number and task.state = 'waiting' limit :most::integer) as one limit :most::integer) as counted),
    'parked', (select count(*) from (select 1 from bucket cross join lateral (
        select task.state from rowhouse.task where task.bucket = bucket.number
          and task.state in ('failed', 'parked', 'cancelled') order by task.id desc limit :most::integer) as one
        where one.state = 'parked' limit :most::integer) as counted),
    'tasks_estimated', (select case
            when reltuples > 0 then reltuples::bigint
            else (select count(*) from (select 1 from bucket cross join lateral (
                select 1 from rowhouse.task where task.bucket = bucket.number limit :most::integer) as one limit :most::integer) as counted)
        end
        from pg_class where oid = 'rowhouse.task'::regclass),
    'queues_paused', (select count(*) from rowhouse.queue where paused),
    'database_bytes', pg_database_size(current_database()),
    'server_version', current_setting('server_version'),
    'now', now())
