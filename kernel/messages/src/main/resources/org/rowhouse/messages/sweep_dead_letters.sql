-- Deletes old dead letters.
-- takes: the bucket, the time before which they go, how many at most; gives: a row for each that went    locks: the deleted rows
delete from rowhouse.dead_letter
where bucket = :bucket::smallint and (id, reader) in (
    select d.id, d.reader
    from rowhouse.dead_letter as d
    where d.bucket = :bucket::smallint and d.died_at < :before::timestamptz
    limit :most::integer)
returning id
