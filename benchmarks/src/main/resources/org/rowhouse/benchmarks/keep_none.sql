-- Says that a log keeps nothing; its messages go by truncation.
-- set: the log's name
-- gives: nothing
-- locks: the log
update rowhouse.log
set tail = head, bytes = 0
where name = ?
