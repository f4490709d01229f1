-- A policy.
-- takes: its name, and a version or null for the newest; gives: name, version, text and parameters; locks: none
select p.name, p.version, p.text, p.parameters::text as parameters
from rowhouse.policy as p
where p.name = :name and (:version::integer is null or p.version = :version::integer)
order by p.version desc
limit 1
