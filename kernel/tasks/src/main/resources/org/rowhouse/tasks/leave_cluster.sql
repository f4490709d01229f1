-- Ends a node's life.
-- set: one node, by number
-- gives: nothing
-- locks: the node, so that none of its records is under way
with own as (
    select number from rowhouse.node
    where number = ? and ended_at is null
    for update
)
update rowhouse.node set ended_at = now(), ended_by = 'close'
from own
where node.number = own.number
