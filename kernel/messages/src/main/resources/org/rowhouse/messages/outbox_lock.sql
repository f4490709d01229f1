-- Lets one node at a time forward what lies in a bucket's outbox.
-- takes: the bucket; gives: whether it is this node's turn    locks: the outbox, until the commit
select pg_try_advisory_xact_lock(1380930389, :bucket::integer) as ours
