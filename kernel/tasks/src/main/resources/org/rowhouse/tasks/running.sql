-- Lists what a node is running, as the tables have it.
-- set: one row for each node: how many at most
-- gives: the tasks with their attempts
-- locks: none
with asked as materialized (
    select * from unnest(:node, :most) with ordinality as asked (node, most, position)
)
select asked.position, task.id, task.attempt
from asked
cross join lateral (
    select id, attempt
    from task
    where bucket = :bucket and state = 'running' and node = asked.node
    order by id
    limit asked.most
) as task
