-- Ends a stream: nothing more can be appended.
-- takes: its bucket and id; gives: nothing    locks: the stream
update rowhouse.log
set closed_at = now()
where bucket = :bucket::smallint and id = :id::bigint and closed_at is null
