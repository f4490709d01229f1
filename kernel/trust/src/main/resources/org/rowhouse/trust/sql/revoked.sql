-- What the list of revoked certificates names: those that have not expired by themselves, and for some time after.
select serial, revoked_at
from rowhouse.certificate
where revoked_at is not null and not_after > now() - interval '30 days'
order by serial
