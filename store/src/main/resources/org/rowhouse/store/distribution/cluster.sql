-- What this server is in a Citus cluster. Only where has-metadata.sql says yes.
-- gives: one row: its group, 0 for the coordinator; how many servers may hold shards; the extension's version    locks: none
select (select groupid from pg_dist_local_group) as server_group,
       (select count(*) from pg_dist_node where isactive and shouldhaveshards and noderole = 'primary') as holders,
       (select extversion from pg_extension where extname = 'citus') as version
