-- Whether somebody holds a certificate that is still good: another node of the same name or role, or of an address that is
-- asked for. An address that two nodes may answer at would let one pass for the other.
-- takes: node, role, addresses    gives: node and what is held, or no row
select node,
       case when node = :node or role = :role then 'name' else 'address' end as held
from rowhouse.certificate
where revoked_at is null and not_after > now()
  and (node = :node or role = :role or addresses && :addresses::text[])
order by (node = :node or role = :role) desc
limit 1
