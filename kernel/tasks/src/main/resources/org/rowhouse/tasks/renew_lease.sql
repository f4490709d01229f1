-- Renews a node's lease and ends nodes whose lease ran out.
-- set: one node: seconds of its lease, its number
-- gives: how many nodes it ended; no row if this node is no longer alive itself
-- locks: the ended nodes, in key order and so that none of their records is under way
with lapsed as (
    select number from rowhouse.node
    where ended_at is null and lease_until < now() and number <> ?
    order by number
    for update skip locked
), ended as (
    update rowhouse.node set ended_at = now(), ended_by = 'lease'
    from lapsed
    where node.number = lapsed.number
    returning node.number
)
update rowhouse.node set lease_until = now() + ? * interval '1 second'
where number = ? and ended_at is null
returning (select count(*) from ended) as ended
