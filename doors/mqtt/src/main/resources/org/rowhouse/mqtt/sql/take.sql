-- Takes a client's session for this node. One that is over (the client begins anew, it is another guest's, it has been away
-- too long) goes: what stands for it a minute more has the new epoch, so that the node that had it sees that.
-- Another node that had it is told.
-- takes: client, guest, node, clean    locks: the row
-- gives: one row: the epoch from now on, that before, and what was found; nulls if nothing was
with found as materialized (
    select client, epoch, node, life_seconds = 0 as ended,
        :clean::boolean or guest <> :guest or life_seconds = 0
            or seen_at + life_seconds * interval '1 second' + interval '1 minute' < now() as over
    from rowhouse.mqtt_session
    where client = :client
    for update
), taken as (
    update rowhouse.mqtt_session as s
    set epoch = nextval('rowhouse.mqtt_session_epoch'), node = :node, seen_at = now(),
        filters = case when found.over then '{}' else s.filters end,
        options = case when found.over then '{}' else s.options end,
        identifiers = case when found.over then '{}' else s.identifiers end,
        positions = case when found.over then '{}' else s.positions end,
        life_seconds = case when found.over then 0 else s.life_seconds end
    from found
    where s.client = found.client and not found.ended
    returning s.epoch, found.epoch as before, found.over, s.filters, s.options, s.identifiers, s.positions,
        case when found.node <> :node then pg_notify('rowhouse', 'mqtt')::text end
), kept as (
    select * from taken where not over
)
select coalesce((select epoch from taken), nextval('rowhouse.mqtt_session_epoch')) as epoch, kept.before, kept.filters,
    kept.options, kept.identifiers,
    (select array_agg(p.key order by p.key) from jsonb_each_text(kept.positions) as p) as logs,
    (select array_agg(p.value::bigint order by p.key) from jsonb_each_text(kept.positions) as p) as places
from (select 1) as one
left join kept on true
