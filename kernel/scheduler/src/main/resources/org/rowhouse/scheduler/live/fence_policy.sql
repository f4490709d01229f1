-- Takes a policy out of force that failed.
-- takes: the change that put it in force, and what it did; gives: the change that holds now; locks: the order of changes
select rowhouse.fence_policy(:change::integer, :detail)
