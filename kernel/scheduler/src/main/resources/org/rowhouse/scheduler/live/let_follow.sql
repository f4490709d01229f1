-- Lets tasks of a class of need follow others at their places, or nobody if it is 0.
-- takes: the node in office and the class; gives: the node, if it is in office; locks: the scheduler's row
select node
from rowhouse.let_follow(:node::integer, nullif(:need::integer, 0)) as node
where node is not null
