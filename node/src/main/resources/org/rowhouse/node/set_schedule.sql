-- Makes a schedule or changes it.
-- set: the schedule :name    gives: an object    locks: as the function says
select json_build_object('name', :name::text, 'done', rowhouse.set_schedule(
    :name::text, :cron::text, :zone::text, :component::text, :function::text, :queue::text, :input::jsonb,
    :catch_up::boolean, :next_at::timestamptz) is not null)
