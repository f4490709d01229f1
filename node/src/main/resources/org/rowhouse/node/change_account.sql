-- Changes an account's role, disables or enables it.
-- set: the account :name    gives: an object    locks: as the function says
select json_build_object(
    'name', :name::text, 'done', rowhouse.change_account(:name::text, :role::text, :disabled::boolean) is not null)
