-- Ends sessions whose clients have been away too long, at most :most of them. Locks: their rows, as far as they are free.
delete from rowhouse.mqtt_session as s
where s.client in (
    select o.client
    from rowhouse.mqtt_session as o
    where o.seen_at < now() - interval '1 minute' and o.seen_at + o.life_seconds * interval '1 second' < now()
    order by o.seen_at
    limit :most::integer
    for update skip locked)
