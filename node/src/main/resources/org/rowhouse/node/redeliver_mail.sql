-- Puts a mailbox's dead letters, or one of them, into it again.
-- set: the mailbox :name    gives: an object: how many, and how many did not fit    locks: as the function says
select json_build_object('mailbox', :name::text, 'redelivered', redelivered, 'left_over', left_over)
from rowhouse.redeliver_mail(:name::text, :letter::uuid)
