-- The position that the next message of a log gets.
-- set: the log :log in :bucket    gives: a number    locks: none
select log.head
from rowhouse.log
where log.bucket = :bucket::smallint and log.id = :log::bigint
