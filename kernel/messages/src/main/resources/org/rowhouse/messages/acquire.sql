-- Makes a node the reader of logs for a group, unless another live node is. If a node died while messages waited for it, the
-- first of them counts as tried once more in vain.
-- set: one row for each log and group: the node
-- gives: whether the node reads it now, the epoch, the position, the tries in vain and the pause until the next one
-- locks: the cursors, in the order of their logs
with asked as materialized (
    select *
    from unnest(:log, :group_name, :node)
        with ordinality as asked (log, group_name, node, number)
), lives as materialized (
    select number, ended_at, ended_by from node
), found as materialized (
    select asked.*, cursor.position, cursor.epoch, cursor.node as owner,
        (select message.sent_at
         from message
         where message.bucket = :bucket and message.log = asked.log and message.position >= cursor.position
         order by message.position
         limit 1) as waiting_since
    from asked
    cross join lateral (
        select position, epoch, node
        from cursor
        where bucket = :bucket and cursor.log = asked.log and cursor.group_name = asked.group_name
        offset 0
    ) as cursor
), judged as materialized (
    select found.*,
        case when dead.ended_by <> 'close' and found.waiting_since < dead.ended_at then 1 else 0 end as crashed
    from found
    left join lives as dead on dead.number = found.owner
    where exists (select from lives where lives.number = found.node and lives.ended_at is null)
        and (found.owner is null or found.owner = found.node or dead.number is null or dead.ended_at is not null)
), won as (
    update cursor
    set node = judged.node, epoch = cursor.epoch + 1, attempts = cursor.attempts + judged.crashed
    from judged
    where cursor.bucket = :bucket and cursor.log = any (:log) and cursor.log = judged.log
        and cursor.group_name = judged.group_name and cursor.epoch = judged.epoch
    returning judged.number, cursor.epoch, cursor.position, cursor.attempts, cursor.retry_at
)
select asked.number as position, won.number is not null as ours, coalesce(won.epoch, 0) as epoch,
    coalesce(won.position, 0) as place, coalesce(won.attempts, 0) as attempts,
    (extract(epoch from won.retry_at - now()) * 1000)::bigint as pause_ms
from asked
left join won on won.number = asked.number
