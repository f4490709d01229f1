-- Revokes a device's token.
-- set: the device :name    gives: an object    locks: as the function says
select json_build_object('name', :name::text, 'done', rowhouse.revoke_device(:name::text) is not null)
