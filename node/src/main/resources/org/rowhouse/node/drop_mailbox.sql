-- Deletes a mailbox with its mail.
-- set: the mailbox :name    gives: an object    locks: as the function says
select json_build_object('name', :name::text, 'done', rowhouse.drop_mailbox(:name::text) is not null)
