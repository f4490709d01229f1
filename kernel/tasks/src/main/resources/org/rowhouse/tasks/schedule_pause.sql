-- Pauses a schedule.    locks: the schedule
select rowhouse.pause_schedule(:name)
