-- Makes a row in the table of nodes for the benchmark's own heartbeat.
-- set: none
-- gives: its number
-- locks: none
insert into rowhouse.node (name, version, pid, lease_until)
values ('heart-' || pg_backend_pid(), 'benchmark', 0, now() + interval '3 seconds')
returning number
