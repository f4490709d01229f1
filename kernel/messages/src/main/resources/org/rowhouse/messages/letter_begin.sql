-- Begins the one try of a dead letter, before its handler runs: one before which nodes died too often is not asked for any more.
-- takes: the letter, how many tries may have begun, the reason if no more may; gives: whether it is tried now; no row if it is gone or
-- not asked for    locks: the letter
with asked as materialized (
    select now() as moment
)
update rowhouse.dead_letter
set tries = case when tries < :most::integer then tries + 1 else 0 end,
    attempts = case when tries < :most::integer then attempts else attempts + tries end,
    asked_at = case when tries < :most::integer then asked_at end,
    died_at = case when tries < :most::integer then died_at else asked.moment end,
    reason = case when tries < :most::integer then reason else :reason end
from asked
where bucket = :bucket::smallint and id = :id::uuid and reader = :reader and asked_at is not null
returning asked_at is not null as begun
