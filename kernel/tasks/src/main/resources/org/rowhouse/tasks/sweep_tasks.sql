-- Deletes, of the next tasks of a bucket, those that were kept long enough.
-- gives: how many it looked at and deleted, and the last id    locks: the deleted tasks
select seen, deleted, last
from rowhouse.sweep_tasks(:bucket::smallint, :after, :most)
