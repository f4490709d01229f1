-- Forgets the groups that the user made and whose readers' nodes have all ended for so long.
-- gives: how many    locks: their topics, the groups and their cursors
select rowhouse.drop_left_groups(:prefix, :age::interval) as dropped
