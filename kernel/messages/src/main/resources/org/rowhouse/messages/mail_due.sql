-- Makes delayed mail ready whose time has come, gives back what dead nodes were handling, and turns what has expired into dead
-- letters.
-- set: one row: how many of each at most
-- gives: how many there were, the mailboxes that have something now, one to a line, and when the next is due
-- locks: the mail, skipping what is being changed
with lives as materialized (
    select number from node where ended_at is not null
), asked as materialized (
    select *
    from unnest(:most)
        with ordinality as asked (most, number)
), due as materialized (
    select mail.id
    from asked
    cross join lateral (
        select id
        from mail
        where bucket = :bucket and state = 'delayed' and due_at <= now()
        order by due_at
        limit asked.most
        for update skip locked
    ) as mail
), orphans as materialized (
    select mail.id
    from asked
    cross join lateral (
        select id
        from mail
        where bucket = :bucket and state = 'taken' and node = any (array(select lives.number from lives))
        limit asked.most
        for update skip locked
    ) as mail
), ready as (
    update mail
    set state = 'ready', due_at = null, node = null,
        attempts = mail.attempts + case when mail.state = 'taken' then 1 else 0 end,
        error = case when mail.state = 'taken' then 'The node died while it was handled.' else mail.error end
    where mail.bucket = :bucket
        and mail.id = any (array(select due.id from due union all select orphans.id from orphans))
        and mail.state in ('delayed', 'taken')
    returning mail.id, mail.mailbox
), late as materialized (
    select mail.id
    from asked
    cross join lateral (
        select id
        from mail
        where bucket = :bucket and state in ('delayed', 'ready') and expires_at <= now()
        order by expires_at
        limit asked.most
        for update skip locked
    ) as mail
    where mail.id not in (select due.id from due)
), expired as (
    update mail
    set state = 'done', done_at = now(), error = 'expired'
    where mail.bucket = :bucket and mail.id = any (array(select late.id from late)) and mail.state in ('delayed', 'ready')
    returning mail.id, mail.mailbox, mail.attempts, mail.sent_at, mail.headers, mail.body
), died as (
    insert into dead_letter (bucket, id, source, reader, attempts, sent_at, headers, body, reason)
    select :bucket, id, mailbox, mailbox, attempts, sent_at, headers, body, 'It expired before anybody received it.'
    from expired
    on conflict do nothing
)
select asked.number as position,
    (select count(*) from ready)::integer + (select count(*) from expired)::integer as changed,
    (select string_agg(distinct ready.mailbox, e'\n') from ready) as mailboxes,
    (extract(epoch from least(
        (select min(mail.due_at) from mail where mail.bucket = :bucket and mail.state = 'delayed' and mail.due_at > now()),
        (select min(mail.expires_at) from mail where mail.bucket = :bucket and mail.state in ('delayed', 'ready') and mail.expires_at > now())
        ) - now()) * 1000)::bigint as next_ms
from asked
