-- Takes a client's session for this node, unless it begins anew: then the row goes. Tells the node that had it.
-- takes: client, guest, node, clean    locks: the row
-- gives: one row: the epoch from now on, that before, and what was found; nulls if nothing was
with found as materialized (
    select client, epoch,
        :clean::boolean or guest <> :guest or seen_at + life_seconds * interval '1 second' < now() as over
    from rowhouse.mqtt_session
    where client = :client
    for update
), gone as (
    delete from rowhouse.mqtt_session as s
    using found
    where s.client = found.client and found.over
    returning pg_notify('rowhouse', 'mqtt')
), taken as (
    update rowhouse.mqtt_session as s
    set epoch = nextval('rowhouse.mqtt_session_epoch'), node = :node, seen_at = now()
    from found
    where s.client = found.client and not found.over
    returning s.epoch, found.epoch as before, s.filters, s.options, s.identifiers, s.positions, pg_notify('rowhouse', 'mqtt')
)
select coalesce(taken.epoch, nextval('rowhouse.mqtt_session_epoch')) as epoch, taken.before, taken.filters, taken.options,
    taken.identifiers,
    (select array_agg(p.key order by p.key) from jsonb_each_text(taken.positions) as p) as logs,
    (select array_agg(p.value::bigint order by p.key) from jsonb_each_text(taken.positions) as p) as places,
    (select count(*) from gone) as ended
from (select 1) as one
left join taken on true
