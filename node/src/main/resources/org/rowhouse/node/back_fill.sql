-- Fires a schedule for times that are past.
-- set: the schedule :name    gives: an object    locks: as the function says
select json_build_object('name', :name::text, 'done', rowhouse.back_fill(:name::text, :since::timestamptz, :until::timestamptz) is not null)
