-- Puts a mailbox's dead letters, or one of them, into it again.
-- gives: how many, and how many did not fit    locks: the mailbox, the letters, the mail
select redelivered, left_over
from rowhouse.redeliver_mail(:name, :letter::uuid)
