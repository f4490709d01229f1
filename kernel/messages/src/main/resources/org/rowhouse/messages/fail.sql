-- Notes that a message was handled in vain: it is tried again after a pause, or becomes a dead letter and is passed over.
-- set: one row for each log and group: the reader's epoch, the group's position, the message's, tries so far, whether it is given up, the
-- pause in milliseconds, the reason
-- gives: whether the reader was still the log's; a repeat finds that it has been done
-- locks: the cursors, in the order of their logs
with asked as materialized (
    select *, now() + pause_ms * interval '1 millisecond' as retry_at
    from unnest(:log, :group_name, :epoch, :came, :place, :attempts, :dead, :pause_ms, :reason)
        with ordinality as asked (log, group_name, epoch, came, place, attempts, dead, pause_ms, reason, number)
), noted as (
    update cursor
    set position = case when asked.dead then asked.place + 1 else cursor.position end,
        attempts = case when asked.dead then 0 else asked.attempts end,
        retry_at = case when asked.dead then null else asked.retry_at end,
        error = case when asked.dead then null else asked.reason end
    from asked
    where cursor.bucket = :bucket and cursor.log = any (:log) and cursor.log = asked.log
        and cursor.group_name = asked.group_name and cursor.epoch = asked.epoch and cursor.position = asked.came
    returning asked.number
), letters as materialized (
    select asked.number, asked.group_name, asked.attempts, asked.reason, message.*, log.name
    from asked
    cross join lateral (
        select id, message.position, sent_at, key, headers, body
        from message
        where bucket = :bucket and message.log = asked.log and message.position = asked.place
        offset 0
    ) as message
    cross join lateral (
        select name
        from log
        where bucket = :bucket and log.id = asked.log
        offset 0
    ) as log
    where asked.dead
), died as (
    insert into dead_letter (bucket, id, source, reader, position, attempts, sent_at, key, headers, body, reason)
    select :bucket, letters.id, letters.name, letters.group_name, letters.position, letters.attempts, letters.sent_at,
        letters.key, letters.headers, letters.body, letters.reason
    from letters
    join noted on noted.number = letters.number
    on conflict do nothing
)
select asked.number as position, noted.number is not null as done
from asked
left join noted on noted.number = asked.number
