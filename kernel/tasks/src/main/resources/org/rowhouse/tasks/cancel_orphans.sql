-- Cancels what cancelled workflows started after they were asked to end.
-- set: the workflows    gives: how many tasks were cancelled    locks: the tasks, in key order
select rowhouse.cancel_orphans(:ids)
