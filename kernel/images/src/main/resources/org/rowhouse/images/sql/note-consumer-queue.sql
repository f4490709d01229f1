-- Remembers in which queue messages of a source start tasks from now on.
-- takes: source, queue
insert into rowhouse.consumer_queue (source, queue)
values (:source, :queue)
on conflict do nothing
