-- Deletes the oldest messages of a log that are too old, or that its size has no room for.
-- takes: bucket and log, how long messages are kept (0: for ever), how much is kept (0: no limit), how many go at most
-- gives: how many went    locks: the messages; at the end the log
with standing as materialized (
    select bytes
    from rowhouse.log
    where bucket = :bucket::smallint and id = :log::bigint
), old as materialized (
    select position, sent_at,
        octet_length(body) + coalesce(octet_length(key), 0) + coalesce(octet_length(headers), 0) as size
    from rowhouse.message
    where bucket = :bucket::smallint and log = :log::bigint
    order by position
    limit :most::integer
), summed as materialized (
    select position, sent_at, size, sum(size) over (order by position) as through
    from old
), cut as materialized (
    select max(summed.position) as position
    from summed, standing
    where (:keep_seconds::bigint > 0 and summed.sent_at < now() - :keep_seconds::bigint * interval '1 second')
        or (:keep_bytes::bigint > 0 and standing.bytes - (summed.through - summed.size) > :keep_bytes::bigint)
), gone as (
    delete from rowhouse.message
    where bucket = :bucket::smallint and log = :log::bigint and position <= (select cut.position from cut)
    returning octet_length(body) + coalesce(octet_length(key), 0) + coalesce(octet_length(headers), 0) as size
), total as materialized (
    select count(*) as messages, coalesce(sum(size), 0) as bytes
    from gone
), moved as (
    update rowhouse.log
    set tail = cut.position + 1, bytes = log.bytes - total.bytes
    from cut, total
    where log.bucket = :bucket::smallint and log.id = :log::bigint and cut.position is not null
)
select messages::integer as deleted
from total
