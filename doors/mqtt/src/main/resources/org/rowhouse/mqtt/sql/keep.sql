-- Keeps a session with its filters; does nothing if another node has taken it since, or there are too many.
-- takes: client, epoch, guest, node, filters, options, identifiers, logs and places, life_seconds, and whether there is room for a new one
-- gives: a row if it was kept: whether it is new    locks: the row
insert into rowhouse.mqtt_session as s
    (client, epoch, guest, node, filters, options, identifiers, positions, life_seconds)
select :client, :epoch::bigint, :guest, :node, :filters::text[], :options::integer[], :identifiers::integer[],
    (select coalesce(jsonb_object_agg(p.log, p.place), '{}')
     from unnest(:logs::text[], :places::bigint[]) as p (log, place)),
    :life_seconds::bigint
where exists (select from rowhouse.mqtt_session as e where e.client = :client)
    or :room::boolean
on conflict (client) do update
set epoch = excluded.epoch, guest = excluded.guest, node = excluded.node, filters = excluded.filters,
    options = excluded.options, identifiers = excluded.identifiers, positions = excluded.positions,
    life_seconds = excluded.life_seconds, seen_at = now()
where s.epoch <= excluded.epoch
returning s.xmax = 0 as fresh
