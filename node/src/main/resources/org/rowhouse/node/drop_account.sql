-- Removes an account.
-- set: the account :name    gives: an object    locks: as the function says
select json_build_object('name', :name::text, 'done', rowhouse.drop_account(:name::text) is not null)
