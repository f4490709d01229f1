-- Hands a group's dead letters, or one of them, to it once more.
-- set: the group :group of :name    gives: an object: how many    locks: as the function says
select json_build_object('topic', :name::text, 'group', :group::text, 'redelivered',
    rowhouse.redeliver_messages(:name::text, :group::text, :letter::uuid))
