-- Ends tries of dead letters that did not end with the letter: one with a reason failed and is not asked for any more, one without was
-- disturbed and still is.
-- takes: one group, the letters and the reasons; gives: nothing    locks: the letters
update rowhouse.dead_letter
set tries = case when ended.reason is null then greatest(tries - 1, 0) else 0 end,
    attempts = case when ended.reason is null then attempts else attempts + 1 end,
    asked_at = case when ended.reason is null then asked_at end,
    died_at = case when ended.reason is null then died_at else now() end,
    reason = coalesce(ended.reason, dead_letter.reason)
from unnest(:ids::uuid[], :reasons::text[]) as ended (id, reason)
where bucket = :bucket::smallint and reader = :reader and dead_letter.id = ended.id
