-- Takes mail of mailboxes for handlers on a node: of the highest priority and the oldest first.
-- set: one row for each mailbox: the life of the node, how many at most
-- gives: the mail
-- locks: the nodes, against an end of their lives; the mail, skipping what others take
with alive as materialized (
    select number
    from node
    where number = any (:node) and ended_at is null
    for key share
), asked as materialized (
    select *
    from unnest(:mailbox, :node, :most)
        with ordinality as asked (mailbox, node, most, number)
    where node in (select alive.number from alive)
), picked as materialized (
    select asked.number, asked.node, mail.*
    from asked
    cross join lateral (
        select id, state
            , ctid as place --single
        from mail
        where bucket = :bucket and mail.mailbox = asked.mailbox and state = 'ready'
            and (expires_at is null or expires_at > now())
        order by priority desc, turn
        limit asked.most
        for update skip locked
    ) as mail
), taken as (
    update mail
    set state = 'taken', node = picked.node
    from picked
    where mail.ctid = picked.place and mail.id = picked.id --single
--distributed: where mail.bucket = :bucket and mail.id = any (array(select picked.id from picked)) and mail.id = picked.id
        and mail.state = picked.state
    returning picked.number, mail.id, mail.priority, mail.turn, mail.attempts, mail.sent_at, mail.correlation, mail.reply_to, mail.headers, mail.body
)
select number as position, id, attempts, sent_at, correlation, reply_to, headers, body
from taken
order by number, priority desc, turn
