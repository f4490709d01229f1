-- Makes a new task that takes over the first steps of another one.
-- set: the task :id    gives: {id}    locks: as the function says
select json_build_object('id', rowhouse.fork_task(:id::uuid, :from_step::integer, :version::text, :queue::text))
