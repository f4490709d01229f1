-- Messages of one log of a topic from a position on.
-- set: the log :log in :bucket, at most :limit    gives: an array    locks: none
with listed as (
    select position, sent_at, expires_at, id, key, headers, body
    from rowhouse.message
    where bucket = :bucket::smallint and log = :log::bigint and position >= :from::bigint
    order by position
    limit :limit::integer
)
select coalesce(json_agg(json_build_object(
    'log', :log::bigint & 4095, 'position', position, 'sent_at', sent_at, 'expires_at', expires_at, 'id', id, 'key', key,
    'headers', headers::json, 'body', body) order by position), '[]'::json)
from listed
