-- Asks a policy for the best place of each ready task. :candidate stands for candidate.sql, :policy for the policy's text,
-- :preference for its column of that name, or 0. Takes the relations of candidate.sql; gives a row for each task that has a
-- place: the highest score, then the node that sorts first, then the highest preference, then the lowest device. Locks
-- nothing.
with candidate as (
    :candidate
), choice as (
    :policy
)
select distinct on (c.task) c.task::text, c.node::text, c.device, c.score::float8
from choice c
order by c.task, c.score desc, c.node collate "C", :preference desc, c.device
