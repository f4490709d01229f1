-- Notes that a task owes an answer; it has been started.
-- takes: the task, the request's correlation, the mailbox for the answer, when to look at it; gives: nothing    locks: the inserted row
insert into rowhouse.owed_answer (bucket, task, correlation, look_at, reply_to)
values (:bucket::smallint, :task::uuid, :correlation::uuid, now() + :pause_ms::bigint * interval '1 millisecond', :reply_to)
on conflict do nothing
