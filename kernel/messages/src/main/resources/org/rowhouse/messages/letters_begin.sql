-- Takes dead letters that someone asked for: each is tried once, so it counts as tried before it is.
-- takes: one log, one group, how many at most; gives: the letters, in the order of the log    locks: the letters
with asked as materialized (
    select id
    from rowhouse.dead_letter
    where bucket = :bucket::smallint and source = :source and reader = :reader and asked_at is not null
    order by position
    limit :most::integer
    for update skip locked
), begun as (
    update rowhouse.dead_letter
    set asked_at = null, attempts = attempts + 1
    where bucket = :bucket::smallint and reader = :reader and id = any (array(select id from asked))
    returning id, position, key, headers, body, sent_at
)
select id, position, key, headers, body, sent_at
from begun
order by position
