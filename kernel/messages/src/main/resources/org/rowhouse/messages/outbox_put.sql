-- Puts what a sender has sent into the outbox, in the commit of what it did.
-- takes: one sender and step, the first place, the messages in their order; gives: nothing    locks: the inserted rows
insert into rowhouse.outbox (
    bucket, sender, step, place, kind, target, key, priority, delay_ms, ttl_ms, correlation, reply_to, body)
select :bucket::smallint, :sender::uuid, :step::integer, :first::integer + sent.number - 1, sent.kind, sent.target, sent.key,
    sent.priority, sent.delay_ms, sent.ttl_ms, sent.correlation, sent.reply_to, sent.body
from unnest(
    :kinds::text[], :targets::text[], :keys::text[], :priorities::smallint[], :delays::bigint[], :ttls::bigint[],
    :correlations::uuid[], :replies::text[], :bodies::text[])
    with ordinality as sent (kind, target, key, priority, delay_ms, ttl_ms, correlation, reply_to, body, number)
order by sent.number
