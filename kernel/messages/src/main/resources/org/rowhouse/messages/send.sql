-- Puts mail into mailboxes. Mail whose id is there already is left as it is, so a repeat is harmless. A task that has ended,
-- or is not there, gets none.
-- set: one row for each mail: its id, mailbox, the task if it is one's, priority, delay and time to live in milliseconds,
-- correlation, where an answer goes, headers, body
-- gives: whether it was or is there
-- locks: the inserted rows
with asked as materialized (
    select row_number() over () as number, *
    from :requests as request
), living as materialized (
    select asked.task
    from asked
    cross join lateral (
        select id
        from task
        where bucket = :bucket and task.id = asked.task and state in ('ready', 'running', 'waiting')
        offset 0
    ) as task
    where asked.task is not null
), sent as (
    insert into mail (bucket, id, priority, turn, due_at, expires_at, correlation, state, mailbox, reply_to, headers, body)
    select :bucket, id, priority, (extract(epoch from now()) * 1000000)::bigint * 1024 + number,
        case when delay_ms > 0 then now() + delay_ms * interval '1 millisecond' end, now() + ttl_ms * interval '1 millisecond',
        correlation, case when delay_ms > 0 then 'delayed' else 'ready' end, mailbox, reply_to, headers, body
    from asked
    where task is null or task in (select living.task from living)
    on conflict do nothing
    returning id
)
select asked.number as position,
    sent.id is not null or asked.task is null or asked.task in (select living.task from living) as there
from asked
left join sent on sent.id = asked.id
