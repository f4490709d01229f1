-- Posts a notice in the commit of the step that does so; a later one stays.
-- takes: the task, its step, key and value; gives: nothing    locks: the notice
insert into rowhouse.notice as known (bucket, task, key, step, value)
select :bucket::smallint, :task::uuid, :key, :step::integer, :value
on conflict (bucket, task, key) do update
set step = excluded.step, value = excluded.value, posted_at = excluded.posted_at
where known.step < excluded.step
