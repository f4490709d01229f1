-- Appends forwarded messages to logs of one bucket, in the commit that takes them out of the outbox: publish.sql says more.
-- takes: the bucket and the messages; gives: the ids and positions of what was appended
-- locks: the logs, in the order of their ids
with asked as materialized (
    select *, row_number() over (partition by log order by number) as nth
    from unnest(:logs::bigint[], :ids::uuid[], :keys::text[], :ttls::bigint[], :headers::text[], :bodies::text[])
        with ordinality as asked (log, id, key, ttl_ms, headers, body, number)
), sums as materialized (
    select log, count(*) as messages,
        sum(octet_length(body) + coalesce(octet_length(key), 0) + coalesce(octet_length(headers), 0)) as bytes
    from asked
    group by log
    order by log
), taken as (
    update rowhouse.log
    set head = log.head + sums.messages, bytes = log.bytes + sums.bytes
    from sums
    where log.bucket = :bucket::smallint and log.id = any (:logs::bigint[]) and log.id = sums.log
        and log.closed_at is null
        and (log.bytes_max is null or log.bytes < log.bytes_max)
        and (log.lag_max is null or log.head - coalesce(
            (select min(cursor.position) from rowhouse.cursor where cursor.bucket = :bucket::smallint and cursor.log = log.id),
            log.head) < log.lag_max)
    returning log.id, log.head - sums.messages - 1 as before
)
insert into rowhouse.message (bucket, log, position, expires_at, id, key, headers, body)
select :bucket::smallint, asked.log, taken.before + asked.nth, now() + asked.ttl_ms * interval '1 millisecond', asked.id, asked.key,
    asked.headers, asked.body
from asked
join taken on taken.id = asked.log
returning id
