-- Deletes a topic with its messages and groups.
-- set: the topic :name    gives: an object    locks: as the function says
select json_build_object('name', :name::text, 'done', rowhouse.drop_topic(:name::text) is not null)
