-- Forgets a group.
-- gives: a row    locks: the topic, the group and its cursors
select rowhouse.drop_group(:topic, :name)
