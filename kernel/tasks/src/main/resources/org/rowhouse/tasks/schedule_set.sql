-- Declares a schedule or changes it.    locks: the schedule
select rowhouse.set_schedule(
    :name, :cron, :zone, :component, :function, :queue, :input::jsonb, :catch_up, :next_at)
