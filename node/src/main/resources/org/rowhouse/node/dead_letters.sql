-- What nobody could handle of one log or mailbox, the latest first.
-- set: the letters of :source in :bucket, at most :limit    gives: an array    locks: none
with listed as (
    select id, source, reader, position, attempts, sent_at, died_at, key, headers, body, reason
    from rowhouse.dead_letter
    where bucket = :bucket::smallint and source = :source::text
    order by died_at desc
    limit :limit::integer
)
select coalesce(json_agg(json_build_object(
    'id', id, 'source', source, 'reader', reader, 'position', position, 'attempts', attempts, 'sent_at', sent_at,
    'died_at', died_at, 'key', key, 'headers', headers::json, 'body', body, 'reason', reason) order by died_at desc), '[]'::json)
from listed
