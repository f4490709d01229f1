-- Takes seats; a test's system call.
-- set: one row for each seat
-- gives: for each seat how often it was taken
-- locks: the inserted rows, in key order
insert into public.seat as seat (bucket, id, note)
select :bucket, id, note from :requests as request
--again: on conflict (bucket, id) do update set note = excluded.note, times = seat.times + 1
returning id, times
