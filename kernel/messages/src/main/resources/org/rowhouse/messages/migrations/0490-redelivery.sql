-- What could not be handled is handed on once more when someone asks for it: the handler has been mended, say.

alter table rowhouse.dead_letter add column asked_at timestamptz;
comment on column rowhouse.dead_letter.asked_at is 'When someone asked to hand it to its group once more; null: nobody did, or it has been.';
create index dead_letter_asked on rowhouse.dead_letter (bucket, source, reader, position) where asked_at is not null;
comment on index rowhouse.dead_letter_asked is 'What is to be handed on once more, in order.';

alter table rowhouse.topic_group add column redeliver_at timestamptz;
comment on column rowhouse.topic_group.redeliver_at is 'When someone last asked to hand on dead letters once more.';

create function rowhouse.redeliver_messages(topic text, name text, letter uuid default null) returns bigint
    language plpgsql as $$
#variable_conflict use_column
declare
    topic   rowhouse.topic := rowhouse.locked_topic(redeliver_messages.topic);
    buckets integer := rowhouse.setting_value('key_buckets')::integer;
    total   bigint := 0;
    found_letters bigint;
    b       smallint;
begin
    update rowhouse.topic_group as g
    set redeliver_at = clock_timestamp(), changed_by = rowhouse.who()
    where g.topic = topic.name and g.name = redeliver_messages.name;
    if not found then
        perform rowhouse.refuse('RH002', format('Topic %s has no group %s.', topic.name, rowhouse.shown(redeliver_messages.name)),
            'Groups: ' || coalesce((
                select string_agg(g.name, ', ' order by g.name) from rowhouse.topic_group as g where g.topic = topic.name), 'none') || '.');
    end if;
    for i in 0..topic.logs - 1 loop
        b := (topic.first_bucket + i) % buckets;
        update rowhouse.dead_letter as d
        set asked_at = now()
        where d.bucket = b and d.reader = redeliver_messages.name and d.id in (
            select o.id
            from rowhouse.dead_letter as o
            where o.bucket = b and o.source = topic.name || '/' || i and o.reader = redeliver_messages.name
                and (letter is null or o.id = letter)
            order by o.died_at
            limit 10000);
        get diagnostics found_letters = row_count;
        total := total + found_letters;
    end loop;
    if letter is not null and total = 0 then
        perform rowhouse.refuse('RH002', format('Group %s has no dead letter %s.', redeliver_messages.name, letter),
            format('`rowhouse topics dead-letters %s` lists them.', topic.name));
    end if;
    perform pg_notify('rowhouse', 'topics');
    return total;
end $$;
comment on function rowhouse.redeliver_messages(text, text, uuid) is
    'Hands a group''s dead letters, or one of them, to it once more: of each log at most the 10,000 that died first. Gives how many; what fails again stays a dead letter.';

create function rowhouse.redeliver_mail(name text, letter uuid default null) returns bigint
    language plpgsql as $$
#variable_conflict use_column
declare
    home  smallint := rowhouse.home_of(redeliver_mail.name);
    turn  bigint := (extract(epoch from clock_timestamp()) * 1000000)::bigint * 1024;
    total bigint;
begin
    perform rowhouse.locked_mailbox(redeliver_mail.name);
    with gone as (
        delete from rowhouse.dead_letter as d
        where d.bucket = home and d.reader = redeliver_mail.name and d.id in (
            select o.id
            from rowhouse.dead_letter as o
            where o.bucket = home and o.source = redeliver_mail.name and o.reader = redeliver_mail.name
                and (letter is null or o.id = letter)
            order by o.died_at
            limit 10000)
        returning d.id, d.sent_at, d.headers, d.body
    ), numbered as (
        select gone.*, row_number() over (order by gone.sent_at, gone.id) as place
        from gone
    ), sent as (
        insert into rowhouse.mail as m (bucket, id, turn, sent_at, state, mailbox, headers, body)
        select home, n.id, turn + n.place, n.sent_at, 'ready', redeliver_mail.name, n.headers, n.body
        from numbered as n
        order by n.id
        on conflict (bucket, id) do update
        set state = 'ready', attempts = 0, node = null, turn = excluded.turn, due_at = null, expires_at = null, done_at = null,
            error = null
        returning m.id
    )
    select count(*) into total from sent;
    if letter is not null and total = 0 then
        perform rowhouse.refuse('RH002', format('Mailbox %s has no dead letter %s.', redeliver_mail.name, letter),
            format('`rowhouse mailboxes dead-letters %s` lists them.', redeliver_mail.name));
    end if;
    perform pg_notify('rowhouse', 'mail ' || redeliver_mail.name);
    return total;
end $$;
comment on function rowhouse.redeliver_mail(text, uuid) is
    'Puts a mailbox''s dead letters, or one of them, into it again, as if they had never been tried: at most the 10,000 that died first. Gives how many.';

create function rowhouse.locked_mailbox(name text) returns rowhouse.mailbox
    language plpgsql as $$
declare
    found_mailbox rowhouse.mailbox;
begin
    select * into found_mailbox from rowhouse.mailbox as m where m.name = locked_mailbox.name for update;
    if not found then
        perform rowhouse.refuse('RH002', format('There is no mailbox %s.', rowhouse.shown(name)),
            'Mailboxes: ' || coalesce((
                select string_agg(m.name, ', ' order by m.name)
                from (select m.name from rowhouse.mailbox as m order by m.name limit 50) as m), 'none') || '.');
    end if;
    return found_mailbox;
end $$;
comment on function rowhouse.locked_mailbox(text) is 'Locks a mailbox and gives it.';

create function rowhouse.drop_mailbox(name text) returns void
    language plpgsql as $$
#variable_conflict use_column
declare
    home smallint := rowhouse.home_of(drop_mailbox.name);
begin
    perform rowhouse.locked_mailbox(drop_mailbox.name);
    delete from rowhouse.mail as m where m.bucket = home and m.mailbox = drop_mailbox.name;
    delete from rowhouse.mailbox as m where m.name = drop_mailbox.name;
    perform pg_notify('rowhouse', 'topics');
end $$;
comment on function rowhouse.drop_mailbox(text) is 'Deletes a mailbox with all its mail; its dead letters stay.';
