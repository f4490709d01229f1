-- Revokes the good certificates of a node, or the one with this serial number.
-- takes: which, user    locks: rows of certificate    gives: their roles and serial numbers
update rowhouse.certificate
set revoked_at = now(), revoked_by = :user
where (node = :which or serial = lower(:which)) and revoked_at is null
returning node, role, serial
