-- Acknowledges what a group has handled in a log, and fetches what follows: one statement for both.
-- set: one row for each log and group: the reader's epoch, the position that the group has come to, how many messages at most
-- gives: for each request whether the reader is fenced off, and the next messages; one row without a message if there is none
-- locks: the cursors that move, in the order of their logs
with asked as materialized (
    select *
    from unnest(:log, :group_name, :epoch, :upto, :most)
        with ordinality as asked (log, group_name, epoch, upto, most, number)
), standing as materialized (
    select asked.*, found.epoch = asked.epoch as ours, found.position as came
    from asked
    cross join lateral (
        select epoch, position
        from cursor
        where bucket = :bucket and cursor.log = asked.log and cursor.group_name = asked.group_name
        offset 0
    ) as found
), moved as (
    update cursor
    set position = standing.upto, attempts = 0, retry_at = null, error = null, moved_at = now()
    from standing
    where cursor.bucket = :bucket and cursor.log = any (:log) and cursor.log = standing.log
        and cursor.group_name = standing.group_name
        and cursor.epoch = standing.epoch and cursor.position < standing.upto
        and standing.ours and standing.came < standing.upto
)
select asked.number as position, coalesce(not standing.ours, true) as fenced,
    message.position as place, message.id, message.sent_at, message.expired, message.key, message.headers, message.body
from asked
left join standing on standing.number = asked.number
left join lateral (
    select position, id, sent_at, coalesce(expires_at <= now(), false) as expired, key, headers, body
    from message
    where bucket = :bucket and message.log = asked.log and message.position >= asked.upto and standing.ours
    order by position
    limit asked.most
) as message on true
order by asked.number, message.position
