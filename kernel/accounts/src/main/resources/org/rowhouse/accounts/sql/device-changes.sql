-- Devices that changed after position :after, in that order, at most :most. Locks: none.
select name, key, change, revoked_at
from rowhouse.device
where change > :after::bigint
order by change
limit :most::integer
