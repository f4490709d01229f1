-- A policy with its text.
-- set: the version :version of the policy :name, the newest if it is null    gives: an object, or none    locks: none
select json_build_object(
    'name', policy.name, 'version', policy.version, 'text', policy.text, 'parameters', policy.parameters,
    'made_by', policy.made_by, 'made_at', policy.made_at,
    'newest', (select max(p.version) from rowhouse.policy as p where p.name = policy.name),
    'in_force', case when in_force.name = policy.name then in_force.version end)
from rowhouse.policy
cross join rowhouse.policy_in_force() as in_force
where policy.name = :name and (:version::integer is null or policy.version = :version::integer)
order by policy.version desc
limit 1
