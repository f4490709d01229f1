-- Ends sessions that are still this node's; what stands for them goes a minute later. Takes :clients with their :epochs.
-- locks: their rows, by client
with held as materialized (
    select s.client
    from rowhouse.mqtt_session as s
    join unnest(:clients::text[], :epochs::bigint[]) as a (client, epoch) on a.client = s.client and a.epoch = s.epoch
    order by s.client
    for update of s
)
update rowhouse.mqtt_session as s
set filters = '{}', options = '{}', identifiers = '{}', positions = '{}', life_seconds = 0, seen_at = now()
from held
where s.client = held.client
