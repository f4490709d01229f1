-- What is to be forwarded next, in the order in which it was sent.
-- takes: the bucket, how many at most, targets that take nothing now; gives: the messages    locks: none
select sender, step, place, kind, target, key, priority, delay_ms, ttl_ms, correlation, reply_to, headers, body
from rowhouse.outbox
where bucket = :bucket::smallint and kind || ' ' || target <> all (:blocked::text[])
order by sent_at, sender, step, place
limit :most::integer
