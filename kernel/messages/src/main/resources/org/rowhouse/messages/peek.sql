-- Tells whether mail waits.
-- set: one row for each mailbox: the request that an answer is wanted to, or null
-- gives: whether something may be received
-- locks: none
with asked as materialized (
    select *
    from unnest(:mailbox, :correlation)
        with ordinality as asked (mailbox, correlation, number)
)
select asked.number as position, mail.id is not null as waiting
from asked
left join lateral (
    select id
    from mail
    where bucket = :bucket and mail.mailbox = asked.mailbox and state = 'ready'
        and (asked.correlation is null or mail.correlation = asked.correlation)
    order by priority desc, turn
    limit 1
) as mail on true
