-- How many tasks that fit a filter are in each state. Those that succeeded are in no index: all tasks are estimated instead, by
-- the server's statistics.
-- set: the first :most tasks of each state    gives: one object {counts, estimated}    locks: none
select json_build_object(
    'counts', rowhouse.count_by_state(:queue::text, :component::text, :function::text, :roots::boolean, :most::integer),
    'estimated', (select case when reltuples > 0 then reltuples::bigint end from pg_class where oid = 'rowhouse.task'::regclass))
