-- Which live nodes read which topics for which groups, and how often a group tries a message.
-- gives: the groups, each with its members in order    locks: none
select g.topic, g.name, g.deliveries, g.back_off_ms, coalesce(extract(epoch from g.redeliver_at) * 1000000, 0)::bigint as redeliver_us,
    array(
        select m.node
        from rowhouse.topic_member as m
        join rowhouse.node as n on n.number = m.node
        where m.topic = g.topic and m.group_name = g.name and n.ended_at is null
        order by m.node) as nodes
from rowhouse.topic_group as g
