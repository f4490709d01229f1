-- Who waits for notices of workflows; they are told once.
-- set: one row for each workflow that posted one
-- gives: the workflows that wait
-- locks: the watchers
with asked as materialized (
    select *
    from unnest(:task)
        with ordinality as asked (task, number)
), told as (
    delete from notice_watcher
    where notice_watcher.bucket = :bucket and notice_watcher.task = any (:task)
    returning notice_watcher.task, notice_watcher.watcher
)
select asked.number as position, told.watcher
from asked
join told on told.task = asked.task
