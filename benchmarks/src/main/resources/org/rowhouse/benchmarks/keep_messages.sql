-- Puts messages at positions of a log that were taken for them, with ids as TaskId.create makes them.
-- set: the size of a body, the first and the last position, the log's name
-- gives: nothing
-- locks: none
insert into rowhouse.message (bucket, log, position, id, body)
select log.bucket, log.id, position, overlay(uuidv7()::text placing lpad(to_hex(log.bucket::integer), 3, '0') from 16 for 3)::uuid,
    repeat('x', asked.size)
from (select ?::integer as size, ?::bigint as first, ?::bigint as last, ?::text as name) as asked
join rowhouse.log on log.name = asked.name
cross join generate_series(asked.first, asked.last) as position
