-- Counts the children of steps that have not ended yet, up to a thousand.
-- set: one row for each step of a workflow
-- gives: how many are left; a thousand may mean more
-- locks: none
with asked as materialized (
    select *
    from unnest(:parent, :step)
        with ordinality as asked (parent, step, position)
)
select asked.position, child.unended
from asked
cross join lateral (
    select count(*)::int as unended
    from (
        select 1
        from task
        where bucket = :bucket and parent = asked.parent and parent_step = asked.step
            and state in ('ready', 'running', 'waiting')
        limit 1000
    ) as first
) as child
order by asked.position
