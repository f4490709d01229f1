-- Whether another node holds a good certificate for one of these addresses.
-- takes: node, addresses    gives: the other node, or no row
select node
from rowhouse.certificate
where revoked_at is null and not_after > now() and node <> :node and addresses && :addresses::text[]
limit 1
