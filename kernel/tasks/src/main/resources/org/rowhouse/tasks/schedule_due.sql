-- Finds schedules whose time has come or that are being back-filled.
-- gives: the schedules, and the clock that they are due by    locks: none
select name, cron, zone, catch_up, paused, next_at, back_fill_from, back_fill_until, now() as now
from rowhouse.schedule
where (not paused and next_at <= now()) or back_fill_from is not null
order by next_at, name
limit :most
