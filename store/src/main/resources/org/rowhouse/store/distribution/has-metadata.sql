-- Whether the database has the extension that distributes tables, Citus.    locks: none
select to_regclass('pg_dist_partition') is not null as there
