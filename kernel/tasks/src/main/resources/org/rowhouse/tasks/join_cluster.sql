-- Enters a node into the cluster and ends the life of it that was not ended.
-- set: one node: what it is and has, milliseconds of its lease
-- gives: the number of its new life; or, without one, who holds the name, and how long its lease still runs
-- locks: its earlier life, so that none of its records is under way
select number, holder, holder_home, holder_until, left_ms
from rowhouse.join_node(
    :name, :home, :session, :version, :pid::bigint, :roles::text[], :zone, :tier, :labels::text[],
    :cores_milli::integer, :memory_mib::bigint, :lease_ms::bigint * interval '1 millisecond')
