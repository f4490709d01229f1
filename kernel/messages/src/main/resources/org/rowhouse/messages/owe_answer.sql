-- Notes that a task owes an answer; it has been started.
-- takes: the task, the request's correlation, the mailbox for the answer; gives: nothing    locks: the inserted row
insert into rowhouse.owed_answer (bucket, task, correlation, reply_to)
values (:bucket::smallint, :task::uuid, :correlation::uuid, :reply_to)
on conflict do nothing
