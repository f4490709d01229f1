-- Lets a group go on from a time.
-- gives: how many messages it has before it    locks: the topic, the group's cursors
select rowhouse.seek_group(:topic, :name, :at::timestamptz) as ahead
