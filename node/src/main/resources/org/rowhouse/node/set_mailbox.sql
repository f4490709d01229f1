-- Declares a mailbox or changes it.
-- set: the mailbox :name    gives: an object    locks: as the function says
select json_build_object('name', :name::text, 'done', rowhouse.set_mailbox(
    :name::text, :deliveries::integer, :back_off_ms::integer, :mail_max::integer) is not null)
