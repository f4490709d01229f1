-- Workflows that were put aside until a message comes, from an id on.
-- takes: the bucket, the id to go on after, how many at most; gives: the tasks    locks: none
select id
from rowhouse.task
where bucket = :bucket::smallint and state = 'waiting' and waiting_position = -1 and id > :after::uuid
order by id
limit :most::integer
