-- Which process of the server serves this connection, and since when: together they are never used twice.
-- set: none
-- gives: one row: process id, the time as text
-- locks: none
select pid, backend_start::text as since from pg_stat_activity where pid = pg_backend_pid()
