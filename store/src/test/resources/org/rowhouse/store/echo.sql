-- Gives its requests back; a test's system call.
-- set: one row for each request
-- gives: for each request all its values
-- locks: none
select id, :bucket::int as bucket, other, text, whole, number, large, larger, flag, at
from :requests as request
