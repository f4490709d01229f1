-- Where one log of a topic lies, and from which position to which its messages are.
-- set: log :log of the topic :name    gives: an object, or no row    locks: none
select json_build_object('bucket', log.bucket, 'log', log.id, 'name', log.name, 'tail', log.tail, 'head', log.head)
from rowhouse.topic
join rowhouse.log
    on log.bucket = ((topic.first_bucket + :log::integer) % rowhouse.setting_value('key_buckets')::integer)::smallint
    and log.id = topic.number::bigint * 4096 + :log::integer
where topic.name = :name::text and :log::integer < topic.logs
