-- What the cluster does now, counted up to :most of each kind. All tasks are estimated by the server's statistics; until there
-- are any, they are counted up to :most as well.
-- set: the unended tasks    gives: one object    locks: none
select json_build_object(
    'running', rowhouse.count_tasks('running', null, :most::integer),
    'ready', rowhouse.count_tasks('ready', null, :most::integer),
    'waiting', rowhouse.count_tasks('waiting', null, :most::integer),
    'parked', rowhouse.count_parked(:most::integer),
    'tasks_estimated', (
        select case when reltuples > 0 then reltuples::bigint else rowhouse.count_tasks(null, null, :most::integer) end
        from pg_class where oid = 'rowhouse.task'::regclass),
    'queues_paused', (select count(*) from rowhouse.queue where paused),
    'database_bytes', pg_database_size(current_database()),
    'server_version', current_setting('server_version'),
    'now', now())
