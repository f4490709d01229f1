-- Drops a schedule.    locks: the schedule
select rowhouse.drop_schedule(:name)
