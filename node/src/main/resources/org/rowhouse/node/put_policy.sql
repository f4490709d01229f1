-- Records a new version of a policy.
-- set: the policy :name    gives: an object with the version    locks: the policy's name
select json_build_object('name', :name::text, 'version', rowhouse.put_policy(:name::text, :text::text, :parameters::jsonb))
