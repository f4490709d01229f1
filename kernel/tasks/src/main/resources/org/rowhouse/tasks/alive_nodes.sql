-- Counts the nodes that are alive.
-- set: none
-- gives: one row
-- locks: none
select count(*)::int as alive from rowhouse.node where ended_at is null and not simulated
