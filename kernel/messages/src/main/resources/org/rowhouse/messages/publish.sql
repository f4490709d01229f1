-- Appends messages to logs, those of each log at consecutive positions. A message whose id is there already is left as it
-- is, so a repeat is harmless. Nothing is appended to a log that is closed, or takes too much, or is read too slowly.
-- set: one row for each message: its log, id, key, headers, body and time to live in milliseconds
-- gives: the position that each has; -1 if its log refused it, or is not there: refusal.sql tells why
-- locks: the logs, in the order of their ids
with asked as materialized (
    select *, row_number() over (partition by log order by number) as place
    from (
        select *
--again:     , min(number) over (partition by id) as first_number
        from (
            select row_number() over () as number, *
            from :requests as request
        ) as numbered
    ) as ranked
--again: where number = first_number
--again:     and id <> all (array(select message.id from message where bucket = :bucket and message.id = any (:id)))
), sums as materialized (
    select log, count(*) as messages,
        sum(octet_length(body) + coalesce(octet_length(key), 0) + coalesce(octet_length(headers), 0)) as bytes
    from asked
    group by log
    order by log
), taken as (
    update log
    set head = log.head + sums.messages, bytes = log.bytes + sums.bytes
    from sums
    where log.bucket = :bucket and log.id = any (:log) and log.id = sums.log
        and log.closed_at is null
        and (log.bytes_max is null or log.bytes < log.bytes_max)
        and (log.lag_max is null or log.head - coalesce(
            (select min(cursor.position) from cursor where cursor.bucket = :bucket and cursor.log = log.id), log.head) < log.lag_max)
    returning log.id, log.head - sums.messages - 1 as before
), written as (
    insert into message (bucket, log, position, expires_at, id, key, headers, body)
    select :bucket, asked.log, taken.before + asked.place, now() + asked.ttl_ms * interval '1 millisecond', asked.id, asked.key, asked.headers, asked.body
    from asked
    join taken on taken.id = asked.log
    returning id, position
)
select all_asked.number as position,
    coalesce(
        written.position,
--again: (select message.position from message where bucket = :bucket and message.id = all_asked.id),
        -1) as place
from unnest(:id) with ordinality as all_asked (id, number)
left join written on written.id = all_asked.id
