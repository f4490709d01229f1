-- Workflows that were put aside until a message or a notice comes, from an id on.
-- takes: the bucket, the id to go on after, how many at most; gives: the tasks, and whether each waits for a notice
-- locks: none
select id,
    exists (
        select from rowhouse.step
        where step.bucket = :bucket::smallint and step.task = task.id and step.number = task.waiting_step and step.kind = 'notice') as for_notice
from rowhouse.task
where bucket = :bucket::smallint and state = 'waiting' and waiting_position = -1 and id > :after::uuid
order by id
limit :most::integer
