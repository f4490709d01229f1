-- Takes out of the outbox what has been forwarded, in the same commit.
-- takes: the bucket and the keys; gives: nothing    locks: the messages
delete from rowhouse.outbox
where bucket = :bucket::smallint and (sender, step, place) in (
    select forwarded.sender, forwarded.step, forwarded.place
    from unnest(:senders::uuid[], :steps::integer[], :places::integer[]) as forwarded (sender, step, place))
