-- A worker of the benchmark: a node's row that no process serves, with more cores than there are tasks.
-- takes: its name; gives: nothing; locks: the new row
insert into rowhouse.node (name, version, pid, lease_until, cores_milli, memory_mib)
values (?, 'benchmark', 0, now() + interval '2 seconds', 10000000, 1048576)
