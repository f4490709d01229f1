-- The mailboxes that have a name, and how many mails wait in each, counted up to :most.
-- set: all mailboxes, or the one named :name    gives: an array    locks: none
with listed as (
    select mailbox.name, mailbox.deliveries, mailbox.back_off_ms, mailbox.mail_max, mailbox.created_at, mailbox.changed_by,
           rowhouse.home_of(mailbox.name) as bucket, rowhouse.count_mail(mailbox.name, :most::integer) as waiting
    from rowhouse.mailbox
    where :name::text is null or mailbox.name = :name::text
)
select coalesce(json_agg(listed order by name), '[]'::json) from listed
