-- Takes the office of the scheduler if whoever held it is dead.
-- takes: a live node; gives: the node that holds it now; locks: the office and the node's row
select rowhouse.hold_scheduler(:node::integer)
