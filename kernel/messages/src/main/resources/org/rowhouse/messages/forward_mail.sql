-- Puts forwarded mail into mailboxes of one bucket, in the commit that takes it out of the outbox.
-- takes: the bucket and the mail; gives: the ids of what is there now: not of mail for tasks that have ended
-- locks: the inserted rows
with asked as materialized (
    select *
    from unnest(
        :ids::uuid[], :tasks::uuid[], :mailboxes::text[], :priorities::smallint[], :delays::bigint[], :ttls::bigint[],
        :correlations::uuid[], :replies::text[], :headers::text[], :bodies::text[])
        with ordinality as asked (id, task, mailbox, priority, delay_ms, ttl_ms, correlation, reply_to, headers, body, number)
), living as materialized (
    select task.id
    from rowhouse.task
    where task.bucket = :bucket::smallint and task.id = any (:tasks::uuid[]) and task.state in ('ready', 'running', 'waiting')
), sent as (
    insert into rowhouse.mail (bucket, id, priority, turn, due_at, expires_at, correlation, state, mailbox, reply_to, headers, body)
    select :bucket::smallint, id, priority, (extract(epoch from now()) * 1000000)::bigint * 1024 + number,
        case when delay_ms > 0 then now() + delay_ms * interval '1 millisecond' end, now() + ttl_ms * interval '1 millisecond',
        correlation, case when delay_ms > 0 then 'delayed' else 'ready' end, mailbox, reply_to, headers, body
    from asked
    where asked.task is null or asked.task in (select living.id from living)
    on conflict do nothing
)
select asked.id
from asked
where asked.task is null or asked.task in (select living.id from living)
