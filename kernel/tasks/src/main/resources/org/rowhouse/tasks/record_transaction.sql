-- Records a transaction step in the commit of its own effects.
-- set: one step
-- gives: nothing
-- locks: the step
-- A query, not values: so that Citus commits it in two phases together with effects in tables on the coordinator.
insert into rowhouse.step (bucket, task, number, attempts, done, duration_us, kind, name, output)
select ?, ?, ?, ?, true, ?, 'transaction', ?, ?::jsonb
on conflict (bucket, task, number) do update
set attempts = excluded.attempts, done = true, ended_at = excluded.ended_at, duration_us = excluded.duration_us,
    output = excluded.output, error = null
