-- Records what came of steps. A step that is done is left as it is, so a retry is harmless.
-- set: one row for each step: its task, the node's life that runs it, number, kind, name, tries, whether it is done, output or error, pause
-- gives: for each step that was recorded whether the task shall end; nothing if the node's life is over, so that the task may be someone else's
-- locks: the nodes, against an end of their lives, so that no takeover passes between the check and the record; the steps
--distributed: with recorded as (
insert into step as known (
    bucket, task, number, attempts, done, duration_us, wake_at, kind, name, output, error)
select
    :bucket, id, number, attempts, done, duration_us, now() + wake_ms * interval '1 millisecond', kind, name,
    output::jsonb, error::jsonb
from :requests as asked
where asked.node = any (array(
    select number
    from node
    where number = any (:node) and ended_at is null
    for key share))
--again: on conflict (bucket, task, number) do update
--again: set attempts = excluded.attempts, done = excluded.done, ended_at = excluded.ended_at,
--again:     duration_us = excluded.duration_us, wake_at = excluded.wake_at,
--again:     output = excluded.output, error = excluded.error
--again: where not known.done
returning
    task as id
    , --single
    known.task = any (array( --single
        select id --single
        from task --single
        where bucket = :bucket and id = any (:id) and cancel_requested)) as cancel --single
--distributed: )
--distributed: select id, id = any (array(
--distributed:     select task.id
--distributed:     from task
--distributed:     where bucket = :bucket and task.id = any (:id) and cancel_requested)) as cancel
--distributed: from recorded
