-- Enters a node into the cluster and ends the lives of it that were not ended.
-- set: one node: name, version, process id, seconds of its lease
-- gives: the number of its new life
-- locks: its earlier lives, so that none of their records is under way
with earlier as (
    select number from rowhouse.node
    where name = ? and ended_at is null
    order by number
    for update
), ended as (
    update rowhouse.node set ended_at = now(), ended_by = 'restart'
    from earlier
    where node.number = earlier.number
)
insert into rowhouse.node (name, version, pid, lease_until)
values (?, ?, ?, now() + ? * interval '1 second')
returning number
