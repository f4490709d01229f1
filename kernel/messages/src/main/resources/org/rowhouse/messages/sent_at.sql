-- When the first message at a position or later was sent.
-- takes: bucket, log, position; gives: a row, unless there is none    locks: none
select extract(epoch from now() - sent_at)::float8 as age_seconds
from rowhouse.message
where bucket = :bucket::smallint and log = :log::bigint and position >= :from::bigint
order by position
limit 1
