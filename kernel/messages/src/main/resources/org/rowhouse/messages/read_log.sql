-- Reads logs from a position on, for whoever keeps no place in them: streams, and looks into topics.
-- set: one row for each log: the position, how many messages at most
-- gives: for each log whether it is there and closed, its ends, and the messages; one row without a message if there is none
-- locks: none
with asked as materialized (
    select *
    from unnest(:log, :start, :most)
        with ordinality as asked (log, start, most, number)
)
select asked.number as position, log.head is not null as known, coalesce(log.closed, false) as closed,
    coalesce(log.head, 0) as head, coalesce(log.tail, 0) as tail,
    message.position as place, message.id, message.sent_at, message.key, message.headers, message.body
from asked
left join lateral (
    select head, tail, closed_at is not null as closed
    from log
    where bucket = :bucket and log.id = asked.log
    offset 0
) as log on true
left join lateral (
    select position, id, sent_at, key, headers, body
    from message
    where bucket = :bucket and message.log = asked.log and message.position >= asked.start
        and (expires_at is null or expires_at > now())
    order by position
    limit asked.most
) as message on true
order by asked.number, message.position
