-- Which policies were put in force, by whom and why, the latest :limit changes first.
-- set: the latest changes    gives: an array    locks: none
select coalesce(json_agg(change order by change.number desc), '[]'::json)
from (
    select c.number, c.at, c.who, c.name, c.version, c.cause, c.detail, earlier.name as instead_of,
        earlier.version as instead_of_version
    from (select * from rowhouse.policy_change order by number desc limit :limit::integer) as c
    left join lateral (
        select e.name, e.version from rowhouse.policy_change as e where e.number < c.number order by e.number desc limit 1
    ) as earlier on true
) as change
