-- Pauses a schedule that cannot be read and says why.    locks: the schedule
select rowhouse.reject_schedule(:name, :cron, :zone, :error)
