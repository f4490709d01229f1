-- Sets an account's password and ends its sessions but for :but_for.
-- set: the account :name; :password is a hash    gives: an object    locks: as the function says
select json_build_object(
    'name', :name::text, 'done', rowhouse.set_password(:name::text, :password::text, :but_for::bigint) is not null)
