-- Starts the tasks of due firings and advances their schedules, unless another node did.
-- set: one row for each firing    gives: the started tasks    locks: the schedules, by name
select name, fire_time, id
from rowhouse.fire_schedules(:names, :expected, :fire_times, :next_times, :past)
