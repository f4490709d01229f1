-- Gives logs back that a node has read for a group, so that another may.
-- set: one row for each log and group: the reader's epoch
-- gives: whether it was the reader's to give
-- locks: the cursors, in the order of their logs
with asked as materialized (
    select *
    from unnest(:log, :group_name, :epoch)
        with ordinality as asked (log, group_name, epoch, number)
), given as (
    update cursor
    set node = null
    from asked
    where cursor.bucket = :bucket and cursor.log = any (:log) and cursor.log = asked.log
        and cursor.group_name = asked.group_name and cursor.epoch = asked.epoch
    returning asked.number
)
select asked.number as position, given.number is not null as done
from asked
left join given on given.number = asked.number
