-- Puts what a step sends into the outbox, in the step's commit.
-- takes: one message; gives: nothing    locks: the inserted row
insert into rowhouse.outbox (
    bucket, sender, step, place, kind, target, key, priority, delay_ms, ttl_ms, correlation, reply_to, headers, body)
select :bucket::smallint, :sender::uuid, :step::integer, :place::integer, :kind, :target, :key, :priority::smallint, :delay_ms::bigint,
    :ttl_ms::bigint, :correlation::uuid, :reply_to, :headers, :body
