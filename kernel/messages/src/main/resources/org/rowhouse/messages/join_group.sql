-- Makes a node a member of a group, and forgets members whose lives are over.
-- takes: topic, group, node; gives: nothing    locks: the members
with gone as (
    delete from rowhouse.topic_member as m
    where m.topic = :topic and m.group_name = :group
        and exists (select from rowhouse.node as n where n.number = m.node and n.ended_at is not null)
)
insert into rowhouse.topic_member (topic, group_name, node)
values (:topic, :group, :node::integer)
on conflict do nothing
