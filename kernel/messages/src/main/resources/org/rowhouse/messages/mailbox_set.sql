-- Declares or changes a mailbox.
-- gives: a row    locks: the mailbox
select rowhouse.set_mailbox(:name, :deliveries::integer, :back_off_ms::integer, :mail_max::integer)
