-- Ends sessions that are still this node's. Takes :clients with their :epochs. Locks: their rows.
delete from rowhouse.mqtt_session as s
using unnest(:clients::text[], :epochs::bigint[]) as a (client, epoch)
where s.client = a.client and s.epoch = a.epoch
