-- Renews a node's lease, tells how it fares, and ends nodes whose lease ran out, if it looks for them.
-- A lease that lasts longer than any was granted by a server with another clock, before a failover, and not renewed since.
-- Others may have had no time yet to renew theirs after the database was away; those who did since this one was through had.
-- This statement itself may have been on its way for long: then it comes long after this node's last renewal, and judges nobody.
-- set: one node: its number, milliseconds of its lease, whether it looks, milliseconds since which it renews without a break,
-- whether all who are alive have renewed since the last break, milliseconds that a renewal may take, tasks it runs, whether nothing runs there and will
-- gives: how many nodes it ended, how many are alive and when the next lease may run out, if it looked; what was asked of it;
-- no row if this node is no longer alive itself
-- locks: the ended nodes, in key order and so that none of their records is under way
with lapsed as materialized (
    select number
    from rowhouse.node
    where :look::boolean and ended_at is null and number <> :number::integer and not simulated
        and case when :through::boolean
            then not lease_until between now() and now() + 2 * :lease_ms::bigint * interval '1 millisecond'
            else lease_until < now()
                and lease_until > now() + (:lease_ms::bigint - :steady_ms::bigint) * interval '1 millisecond'
            end
        and exists (
            select
            from rowhouse.node as self
            where self.number = :number::integer
                and self.lease_until > now() + (:lease_ms::bigint - :patience_ms::bigint) * interval '1 millisecond')
    order by number
    for update skip locked
), ended as materialized (
    select rowhouse.end_lives(array_agg(number), 'lease') as lives
    from lapsed
    having count(*) > 0
), told as materialized (
    select pg_notify('rowhouse', 'died ' || :number::integer)
    from ended
), others as (
    select count(*)::integer as alive, (extract(epoch from min(lease_until) - now()) * 1000)::bigint as next_ms
    from rowhouse.node
    where :look::boolean and ended_at is null and lease_until >= now() and number <> :number::integer and not simulated
)
update rowhouse.node
set lease_until = now() + :lease_ms::bigint * interval '1 millisecond', running = :running::integer,
    drained_at = case when draining_at is not null and :idle::boolean then coalesce(drained_at, now()) end
where number = :number::integer and ended_at is null
returning
    case when exists (select from told) then (select lives from ended) else 0 end as ended,
    (select alive from others) as alive,
    (select next_ms from others) as next_ms,
    cordoned_at is not null as cordoned,
    (extract(epoch from hand_over_at - now()) * 1000)::bigint as hand_over_ms
