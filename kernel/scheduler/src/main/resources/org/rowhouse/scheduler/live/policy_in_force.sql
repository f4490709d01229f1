-- The policy in force.
-- gives: number of the change, name, version, text and parameters; locks: none
select c.number, p.name, p.version, p.text, p.parameters::text as parameters
from rowhouse.policy_in_force() as c
join rowhouse.policy as p on p.name = c.name and p.version = c.version
