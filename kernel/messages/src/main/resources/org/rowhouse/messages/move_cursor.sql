-- Acknowledges messages in the commit of what their handler did.
-- takes: one cursor, with the reader's epoch, where it stood and where it has come to; gives: nothing; no row moves if the
-- reader is fenced off
-- locks: the cursor
update rowhouse.cursor
set position = :upto::bigint, attempts = 0, retry_at = null, error = null, moved_at = now()
where bucket = :bucket::smallint and log = :log::bigint and group_name = :group and epoch = :epoch::integer and position = :from::bigint
returning position
