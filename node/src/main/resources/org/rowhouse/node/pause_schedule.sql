-- Pauses a schedule.
-- set: the schedule :name    gives: an object    locks: as the function says
select json_build_object('name', :name::text, 'done', rowhouse.pause_schedule(:name::text) is not null)
