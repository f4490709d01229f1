-- The settings of a lane's connection: plans that hold on empty and on full tables.
-- set: none
-- gives: nothing
-- locks: none
set jit = off;
set plan_cache_mode = force_generic_plan;
set random_page_cost = 0.01;
set enable_mergejoin = off;
set enable_seqscan = off;
set enable_bitmapscan = off;
set max_parallel_workers_per_gather = 0;
set search_path = rowhouse, pg_catalog;
set statement_timeout = '60s';
set lock_timeout = '2s'
