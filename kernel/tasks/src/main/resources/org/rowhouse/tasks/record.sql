-- Records what came of steps. A step that is done is left as it is, so a retry is harmless.
-- set: one row for each step: its task and attempt, number, kind, name, tries, whether it is done, output or error, pause
-- gives: for each step that was recorded whether the task shall end; nothing if the task is no longer this attempt's
-- locks: the tasks, shared, in key order, so that no takeover passes between the check and the record
with held as materialized (
    select asked.*, task.cancel_requested
    from unnest(:id, :attempt, :number, :kind, :name, :attempts, :done, :duration_us, :wake_ms, :output, :error)
        as asked (id, attempt, number, kind, name, attempts, done, duration_us, wake_ms, output, error)
    cross join lateral (
        select cancel_requested, state, attempt
        from task
        where bucket = :bucket and id = asked.id
        offset 0
        for share
    ) as task
    where task.state = 'running' and task.attempt = asked.attempt
), recorded as (
    insert into step as known (
        bucket, task, number, attempts, done, duration_us, wake_at, kind, name, output, error)
    select
        :bucket, id, number, attempts, done, duration_us, now() + wake_ms * interval '1 millisecond', kind, name,
        output::jsonb, error::jsonb
    from held
    on conflict (bucket, task, number) do update
    set attempts = excluded.attempts, done = excluded.done, ended_at = excluded.ended_at,
        duration_us = excluded.duration_us, wake_at = excluded.wake_at,
        output = excluded.output, error = excluded.error
    where not known.done
)
select id, cancel_requested as cancel
from held
