-- Revokes the token of the device :name. Locks: the order of changes, the row.
select rowhouse.revoke_device(:name) is not null as done
