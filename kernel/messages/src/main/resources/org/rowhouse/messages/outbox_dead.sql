-- Notes messages of the outbox that can never be forwarded.
-- takes: the bucket and the messages; gives: nothing    locks: the inserted rows
insert into rowhouse.dead_letter (bucket, id, source, reader, attempts, sent_at, key, headers, body, reason)
select :bucket::smallint, id, target, 'outbox', 1, now(), key, headers, body, reason
from unnest(:ids::uuid[], :targets::text[], :keys::text[], :headers::text[], :bodies::text[], :reasons::text[])
    as dead (id, target, key, headers, body, reason)
on conflict do nothing
