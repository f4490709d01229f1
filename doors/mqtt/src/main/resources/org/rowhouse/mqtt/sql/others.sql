-- The sessions that another node has now. Takes :clients with the :epochs that this node knows.
select s.client
from unnest(:clients::text[], :epochs::bigint[]) as a (client, epoch)
join rowhouse.mqtt_session as s on s.client = a.client
where s.epoch <> a.epoch
