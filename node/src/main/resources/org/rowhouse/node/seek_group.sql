-- Lets a group go on elsewhere in its topic.
-- set: the group :group of :name    gives: an object: how many messages it then has before it    locks: as the function says
select json_build_object('topic', :name::text, 'group', :group::text, 'ahead',
    rowhouse.seek_group(:name::text, :group::text, :at::timestamptz))
