-- What listings ask.

create function rowhouse.count_mail(mailbox text, most integer) returns integer
    language plpgsql stable as $$
declare
    home  smallint := rowhouse.home_of(mailbox);
    total integer;
begin
    select count(*) into total
    from (
        select 1
        from rowhouse.mail as m
        where m.bucket = home and m.mailbox = count_mail.mailbox and m.state = 'ready'
        limit most
    ) as one;
    return total;
end $$;
comment on function rowhouse.count_mail(text, integer) is 'How many mails wait in a mailbox, counted up to so many.';
