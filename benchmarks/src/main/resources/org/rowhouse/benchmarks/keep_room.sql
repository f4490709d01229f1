-- Takes so many positions at the head of a log, for messages that are put there afterwards.
-- set: how many, what each takes in bytes, the log's name
-- gives: nothing
-- locks: the log
update rowhouse.log
set head = head + asked.messages, bytes = bytes + asked.messages * asked.size
from (select ?::bigint as messages, ?::bigint as size, ?::text as name) as asked
where log.name = asked.name
