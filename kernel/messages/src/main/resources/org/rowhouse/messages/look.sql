-- Reads notices, and where there is none notes who waits.
-- set: one row for each question: the workflow, the key, the workflow that waits or null
-- gives: the value as JSON; null if none was posted
-- locks: the noted rows
with asked as materialized (
    select *
    from unnest(:task, :key, :watcher)
        with ordinality as asked (task, key, watcher, number)
), found as materialized (
    select asked.*, notice.value
    from asked
    left join lateral (
        select value
        from notice
        where bucket = :bucket and notice.task = asked.task and notice.key = asked.key
        offset 0
    ) as notice on true
), noted as (
    insert into notice_watcher (bucket, task, watcher)
    select distinct :bucket, task, watcher
    from found
    where value is null and watcher is not null
    on conflict do nothing
)
select number as position, value
from found
