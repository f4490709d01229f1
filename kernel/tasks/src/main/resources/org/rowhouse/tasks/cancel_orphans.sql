-- Cancels what tasks that were cancelled started after that.
-- set: the next such tasks, so many in each bucket    gives: how many it looked at    locks: their descendants, in key order
select rowhouse.cancel_orphans(:most)
