-- All mailboxes that have a name.
-- gives: the mailboxes    locks: none
select name, deliveries, back_off_ms, mail_max
from rowhouse.mailbox
