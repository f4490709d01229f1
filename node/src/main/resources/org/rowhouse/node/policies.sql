-- The policies by name, the first :limit of them: their newest version, and which version is in force.
-- set: all of them    gives: an array    locks: none
with recursive named as (
    (select policy.name from rowhouse.policy order by policy.name limit 1)
    union all
    select (select next.name from rowhouse.policy as next where next.name > named.name order by next.name limit 1)
    from named
    where named.name is not null
), listed as (
    select newest.name, newest.version, newest.made_by, newest.made_at, newest.parameters,
        case when in_force.name = newest.name then in_force.version end as in_force,
        coalesce(nullif(trim(substring(newest.text from '^\s*--([^\n]*)')), ''), '') as about
    from (select name from named where name is not null limit :limit::integer) as each
    cross join lateral (
        select policy.* from rowhouse.policy where policy.name = each.name order by policy.version desc limit 1
    ) as newest
    cross join rowhouse.policy_in_force() as in_force
)
select coalesce(json_agg(listed order by name), '[]'::json) from listed
