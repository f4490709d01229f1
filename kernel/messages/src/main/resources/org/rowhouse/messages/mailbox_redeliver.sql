-- Puts a mailbox's dead letters, or one of them, into it again.
-- gives: how many    locks: the mailbox, the letters, the mail
select rowhouse.redeliver_mail(:name, :letter::uuid) as redelivered
