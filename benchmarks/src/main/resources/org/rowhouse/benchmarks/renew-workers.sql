-- Keeps the workers of the benchmark alive.
-- takes: nothing; gives: nothing; locks: their rows
update rowhouse.node set lease_until = now() + interval '2 seconds' where name like 'worker-%' and ended_at is null
