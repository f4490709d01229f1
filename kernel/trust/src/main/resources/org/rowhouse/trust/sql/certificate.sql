-- One certificate. Takes :serial; gives its node, role and since when it is revoked.
select node, role, revoked_at from rowhouse.certificate where serial = :serial
