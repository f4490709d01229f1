-- Forgets a group and how far it had come.
-- set: the group :group of :name    gives: an object    locks: as the function says
select json_build_object('topic', :name::text, 'group', :group::text, 'done',
    rowhouse.drop_group(:name::text, :group::text) is not null)
