-- Turns mail for workflows that have ended into dead letters.
-- takes: the bucket, the time before which it was sent, the mailbox to go on after, how many at most
-- gives: the mailboxes that were looked at; locks: the mail
with seen as materialized (
    select id, mailbox, substring(mailbox from 6)::uuid as task
    from rowhouse.mail
    where bucket = :bucket::smallint and state = 'ready' and mailbox > :after and mailbox < 'task!'
        and sent_at < :before::timestamptz
    order by mailbox
    limit :most::integer
), living as materialized (
    select t.id
    from rowhouse.task as t
    where t.bucket = :bucket::smallint and t.id = any (array(select seen.task from seen))
        and t.state in ('ready', 'running', 'waiting')
), ended as (
    update rowhouse.mail
    set state = 'done', done_at = now(), error = 'unread'
    where bucket = :bucket::smallint and state = 'ready'
        and id = any (array(select seen.id from seen where seen.task not in (select living.id from living)))
    returning mail.id, mail.mailbox, mail.attempts, mail.sent_at, mail.headers, mail.body
), died as (
    insert into rowhouse.dead_letter (bucket, id, source, reader, attempts, sent_at, headers, body, reason)
    select :bucket::smallint, id, mailbox, mailbox, attempts, sent_at, headers, body, 'The task ended before it received it.'
    from ended
    on conflict do nothing
)
select mailbox
from seen
order by mailbox
