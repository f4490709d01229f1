-- Puts a policy in force.
-- set: the version :version of the policy :name, the newest if it is null    gives: an object with the number of the change
-- locks: the order of changes
select json_build_object('name', :name::text, 'change', rowhouse.set_policy(:name::text, :version::integer))
