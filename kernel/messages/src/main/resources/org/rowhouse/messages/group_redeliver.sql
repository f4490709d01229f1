-- Hands a group's dead letters, or one of them, to it once more.
-- gives: how many    locks: the topic, the group, the letters
select rowhouse.redeliver_messages(:topic, :name, :letter::uuid) as redelivered
