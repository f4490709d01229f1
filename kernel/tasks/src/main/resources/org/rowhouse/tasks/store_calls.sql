-- Stores what system calls did in an interval.
-- set: one call
-- gives: nothing
-- locks: none
insert into rowhouse.calls (node, call, since, until, requests, batches, failures, batch_sizes, p50_us, p99_us, max_us)
values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
on conflict do nothing
