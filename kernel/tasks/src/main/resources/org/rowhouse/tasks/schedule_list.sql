-- All schedules by name.    locks: none
select
    name, cron, zone, component, function, queue, input::text as input, catch_up, paused, next_at, fired_at, error,
    back_fill_from, changed_by
from rowhouse.schedule
order by name
