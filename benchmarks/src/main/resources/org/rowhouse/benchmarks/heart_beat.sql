-- Renews the lease of the benchmark's own row: what a heartbeat costs.
-- set: the row's number
-- gives: nothing
-- locks: the row
update rowhouse.node set lease_until = now() + interval '3 seconds' where number = ?
