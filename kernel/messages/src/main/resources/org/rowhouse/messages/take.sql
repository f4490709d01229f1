-- Receives mail for steps of workflows, the same for the same step however often it is asked: of the highest priority and the
-- oldest, or the answer to one request. Nothing is received for a node whose life is over.
-- set: one row for each step: the task, the life of the node that runs it, the step's number, its mailbox, the request or null
-- gives: the mail, if there is one
-- locks: the nodes, against an end of their lives; the mail, skipping what is being changed
with alive as materialized (
    select number
    from node
    where number = any (:node) and ended_at is null
    for key share
), asked as materialized (
    select *
    from unnest(:task, :node, :step, :mailbox, :correlation)
        with ordinality as asked (task, node, step, mailbox, correlation, number)
    where node in (select alive.number from alive)
), bound as materialized (
    select asked.number, mail.*
    from asked
    cross join lateral (
        select id, correlation, reply_to, headers, body
        from mail
        where bucket = :bucket and mail.mailbox = asked.mailbox and mail.step = asked.step
        limit 1
    ) as mail
), picked as materialized (
    select asked.number, asked.step, asked.node, mail.*
    from asked
    cross join lateral (
        select id, state
            , ctid as place --single
        from mail
        where bucket = :bucket and mail.mailbox = asked.mailbox and state = 'ready'
            and (asked.correlation is null or mail.correlation = asked.correlation)
            and (expires_at is null or expires_at > now())
        order by priority desc, turn
        limit 1
        for update skip locked
    ) as mail
    where asked.number not in (select bound.number from bound)
), taken as (
    update mail
    set state = 'done', step = picked.step, node = picked.node, done_at = now()
    from picked
    where mail.ctid = picked.place and mail.id = picked.id --single
--distributed: where mail.bucket = :bucket and mail.id = any (array(select picked.id from picked)) and mail.id = picked.id
        and mail.state = picked.state
    returning picked.number, mail.id, mail.correlation, mail.reply_to, mail.headers, mail.body
)
select number as position, id, correlation, reply_to, headers, body from bound
union all
select number, id, correlation, reply_to, headers, body from taken
