-- Notes why dead letters failed once more.
-- takes: one group, the letters and the reasons; gives: nothing    locks: the letters
update rowhouse.dead_letter
set died_at = now(), reason = failed.reason
from unnest(:ids::uuid[], :reasons::text[]) as failed (id, reason)
where bucket = :bucket::smallint and reader = :reader and dead_letter.id = failed.id
