-- Says what came of mail that a node was handling: it is done, or tried again after a pause, or a dead letter.
-- set: one row for each mail: the node, tries in vain, the outcome (done, again or dead), the pause in milliseconds, the reason
-- gives: whether it was that node's to settle; a repeat finds that it has been done
-- locks: the mail, in the order of the ids
with asked as materialized (
    select *, now() + pause_ms * interval '1 millisecond' as due_at
    from unnest(:id, :node, :attempts, :outcome, :pause_ms, :reason)
        with ordinality as asked (id, node, attempts, outcome, pause_ms, reason, number)
), settled as (
    update mail
    set state = case when asked.outcome = 'again' then 'delayed' else 'done' end,
        due_at = case when asked.outcome = 'again' then asked.due_at end,
        done_at = case when asked.outcome = 'again' then null else asked.due_at end,
        attempts = asked.attempts, error = asked.reason
    from asked
    where mail.bucket = :bucket and mail.id = any (:id) and mail.id = asked.id and mail.state = 'taken' and mail.node = asked.node
    returning asked.number, asked.outcome, asked.reason, mail.id, mail.mailbox, mail.attempts, mail.sent_at, mail.headers, mail.body
), died as (
    insert into dead_letter (bucket, id, source, reader, attempts, sent_at, headers, body, reason)
    select :bucket, id, mailbox, mailbox, attempts, sent_at, headers, body, coalesce(reason, 'unknown')
    from settled
    where outcome = 'dead'
    on conflict do nothing
)
select asked.number as position, settled.number is not null as done
from asked
left join settled on settled.number = asked.number
