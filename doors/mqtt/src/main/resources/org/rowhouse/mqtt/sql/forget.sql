-- Ends sessions whose clients began anew while that could not be written, unless a node has seen the client since: it has
-- another session then. Nodes that had one are told.
-- takes: clients, how many milliseconds ago each began anew, node    locks: their rows, by client
with held as materialized (
    select s.client, s.node
    from rowhouse.mqtt_session as s
    join unnest(:clients::text[], :ages::bigint[]) as a (client, age) on a.client = s.client
    where s.life_seconds > 0 and s.seen_at < now() - a.age * interval '1 millisecond'
    order by s.client
    for update of s
)
update rowhouse.mqtt_session as s
set epoch = nextval('rowhouse.mqtt_session_epoch'), node = :node, seen_at = now(), filters = '{}', options = '{}',
    identifiers = '{}', positions = '{}', life_seconds = 0
from held
where s.client = held.client
returning case when held.node <> :node then pg_notify('rowhouse', 'mqtt')::text end
