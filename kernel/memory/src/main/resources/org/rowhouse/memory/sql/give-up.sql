-- Lets a region go that its home cannot serve.
-- set: one region and the home
-- gives: nothing
-- locks: the region
update rowhouse.region
set home = null
where number = :number::bigint and home = :life::integer
