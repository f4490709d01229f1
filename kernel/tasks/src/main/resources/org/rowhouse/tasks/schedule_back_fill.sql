-- Asks nodes to fire a schedule for past times.    locks: the schedule
select rowhouse.back_fill(:name, :since, :until)
