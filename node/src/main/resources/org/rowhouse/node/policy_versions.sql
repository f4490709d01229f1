-- The versions of the policy :name, the newest :limit of them first, without their texts.
-- set: its versions    gives: an array; no row if there is no such policy    locks: none
select coalesce(json_agg(listed order by listed.version desc), '[]'::json)
from (
    select policy.version, policy.made_at, policy.made_by, policy.parameters, length(policy.text) as characters,
        in_force.name = policy.name and in_force.version = policy.version as in_force
    from rowhouse.policy
    cross join rowhouse.policy_in_force() as in_force
    where policy.name = :name::text
    order by policy.version desc
    limit :limit::integer
) as listed
having count(*) > 0
