-- Says what came of mail that a node was handling: it is done, or tried again after a pause, or a dead letter.
-- set: one row for each mail: the node, tries in vain, the outcome (done, again or dead), the pause in milliseconds, the reason
-- gives: whether it was that node's to settle; a repeat finds that it has been done
-- locks: the mail, in the order of the ids
with asked as materialized (
    select *, now() + pause_ms * interval '1 millisecond' as due_at
    from unnest(:id, :node, :attempts, :outcome, :pause_ms, :reason)
        with ordinality as asked (id, node, attempts, outcome, pause_ms, reason, number)
), found as materialized (
    select asked.*, mail.state
        , mail.place --single
    from asked
    cross join lateral (
        select id, state
            , ctid as place --single
        from mail
        where bucket = :bucket and mail.id = asked.id and state = 'taken' and mail.node = asked.node
        offset 0
    ) as mail
), settled as (
    update mail
    set state = case when found.outcome = 'again' then 'delayed' else 'done' end,
        due_at = case when found.outcome = 'again' then found.due_at end,
        done_at = case when found.outcome = 'again' then null else found.due_at end,
        attempts = found.attempts, error = found.reason
    from found
    where mail.ctid = found.place and mail.id = found.id --single
--distributed: where mail.bucket = :bucket and mail.id = any (:id) and mail.id = found.id
        and mail.state = found.state and mail.node = found.node
    returning found.number, found.outcome, found.reason, mail.id, mail.mailbox, mail.attempts, mail.sent_at, mail.headers, mail.body
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
