-- Deletes a closed stream that has no messages left.
-- takes: bucket and id; gives: nothing    locks: the stream
delete from rowhouse.log
where bucket = :bucket::smallint and id = :id::bigint and closed_at is not null and tail = head
