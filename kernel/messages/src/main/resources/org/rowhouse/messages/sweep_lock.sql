-- Lets one node at a time delete what is old in a bucket.
-- takes: the bucket; gives: whether it is this node's turn    locks: the bucket's retention, until the commit
select pg_try_advisory_xact_lock(1380930390, :bucket::integer) as ours
