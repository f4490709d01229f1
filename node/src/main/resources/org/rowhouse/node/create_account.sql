-- Makes an account.
-- set: the account :name; :password is a hash    gives: an object    locks: as the function says
select json_build_object(
    'name', :name::text, 'done', rowhouse.create_account(:name::text, :role::text, :password::text) is not null)
