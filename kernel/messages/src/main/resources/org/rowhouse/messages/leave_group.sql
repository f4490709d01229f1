-- A node reads for a group no longer.
-- takes: topic, group, node; gives: nothing    locks: the member
delete from rowhouse.topic_member
where topic = :topic and group_name = :group and node = :node::integer
