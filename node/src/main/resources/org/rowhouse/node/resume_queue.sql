-- Lets a paused queue go on.
-- set: the queue :name    gives: an object    locks: as the function says
select json_build_object('name', :name::text, 'done', rowhouse.resume_queue(:name::text) is not null)
