-- Notes that requests were served; a test's system call.
-- set: one row for each request; the database refuses a negative number, and a second row with the number 0
-- gives: for each request its place among all, and its transaction
-- locks: the inserted rows
insert into public.visit (bucket, id, number)
select :bucket, id, number from :requests as request
returning id, place, pg_current_xact_id()::text::bigint as batch
