-- Forgets a dead letter that was handled after all, in the commit of what its handler did.
-- takes: the letter; gives: a row if it was still there    locks: the letter
delete from rowhouse.dead_letter
where bucket = :bucket::smallint and id = :id::uuid and reader = :reader
returning id
