-- Renews a home's lease and lets it take regions without a home.
-- set: one home: the life of its node, its name, bytes it has room for, milliseconds of its lease, whether it has or awaits
-- regions, whether it takes any that nobody has, how many at most
-- gives: false if the life is over and nothing was renewed
-- locks: its own row; rows of homes whose lease is over and of regions it takes, passing over those that others have
select rowhouse.beat_region_home(
    :life::integer, :node, :room::bigint, :lease_ms::bigint * interval '1 millisecond',
    :needed::boolean, :takes::boolean, :most::integer)
