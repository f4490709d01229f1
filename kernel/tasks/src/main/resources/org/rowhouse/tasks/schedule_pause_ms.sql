-- How long until a schedule is due, in milliseconds; null if none ever is.    locks: none
select ceil(extract(epoch from min(next_at) - clock_timestamp()) * 1000)::bigint as pause_ms
from rowhouse.schedule
where not paused and next_at > '-infinity'
