-- Dead letters that someone asked to hand on once more.
-- takes: one log, one group, how many at most; gives: the letters, in the order of the log    locks: none
select id, position, key, headers, body, sent_at
from rowhouse.dead_letter
where bucket = :bucket::smallint and source = :source and reader = :reader and asked_at is not null
order by position
limit :most::integer
