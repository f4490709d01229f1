-- The schedules.
-- set: all of them, or the one named :name    gives: an array    locks: none
select coalesce(json_agg(schedule order by schedule.name), '[]'::json)
from rowhouse.schedule
where :name::text is null or schedule.name = :name::text
