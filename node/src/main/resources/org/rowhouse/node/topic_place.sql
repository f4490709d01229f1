-- Where one log of a topic lies.
-- set: log :log of the topic :name    gives: an object, or no row    locks: none
select json_build_object(
    'bucket', (topic.first_bucket + :log::integer) % rowhouse.setting_value('key_buckets')::integer,
    'log', topic.number::bigint * 4096 + :log::integer, 'name', topic.name || '/' || :log::integer)
from rowhouse.topic
where topic.name = :name::text and :log::integer < topic.logs
