-- Tells why logs take no messages.
-- set: one row for each log
-- gives: whether it is there and closed, what it takes and may take, and how far the slowest group lags and may lag
-- locks: none
with asked as materialized (
    select *
    from unnest(:log)
        with ordinality as asked (log, number)
)
select asked.number as position, log.id is not null as known, coalesce(log.closed, false) as closed,
    log.bytes, log.bytes_max, log.lag, log.lag_max, log.group_name
from asked
left join lateral (
    select id, closed_at is not null as closed, bytes, bytes_max, lag_max, head - slowest.position as lag, slowest.group_name
    from log
    left join lateral (
        select cursor.position, cursor.group_name
        from cursor
        where cursor.bucket = :bucket and cursor.log = asked.log
        order by cursor.position
        limit 1
    ) as slowest on true
    where log.bucket = :bucket and log.id = asked.log
) as log on true
