-- Lets tasks wait again that are placed on nodes which will not claim them.
-- gives: how many; locks: these tasks, skipping those that others change
select rowhouse.unplace_tasks()
