-- Drops a queue.
-- set: the queue :name    gives: an object    locks: as the function says
select json_build_object('name', :name::text, 'done', rowhouse.drop_queue(:name::text) is not null)
