-- How many nodes are up.    locks: none
select count(*) as nodes from rowhouse.node where ended_at is null and lease_until > now() and not simulated
