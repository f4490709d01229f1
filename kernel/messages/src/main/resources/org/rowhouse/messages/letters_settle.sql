-- Ends tries of dead letters that did not end with the letter: one with a reason failed and is not asked for any more, one without was
-- disturbed and still is.
-- takes: one group, the letters and the reasons; gives: nothing    locks: the letters
with ended as materialized (
    select id, reason, now() as moment
    from unnest(:ids::uuid[], :reasons::text[]) as ended (id, reason)
)
update rowhouse.dead_letter
set tries = case when ended.reason is null and tries > 0 then tries - 1 else 0 end,
    attempts = case when ended.reason is null then attempts else attempts + 1 end,
    asked_at = case when ended.reason is null then asked_at end,
    died_at = case when ended.reason is null then died_at else ended.moment end,
    reason = case when ended.reason is null then dead_letter.reason else ended.reason end
from ended
where bucket = :bucket::smallint and reader = :reader and dead_letter.id = ended.id
