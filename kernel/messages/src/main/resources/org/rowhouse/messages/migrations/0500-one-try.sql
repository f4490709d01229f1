-- A dead letter that is handed on once more stays asked for until its try has ended: what the database does is not its fault.

alter table rowhouse.dead_letter add column tries integer not null default 0;
comment on column rowhouse.dead_letter.tries is
    'How many tries have begun and not ended since it was asked for: one is under way, or nodes died in them.';

create or replace function rowhouse.redeliver_messages(topic text, name text, letter uuid default null) returns bigint
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
        set asked_at = now(), tries = 0
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

-- What does not fit stays a dead letter.
drop function rowhouse.redeliver_mail(text, uuid);
create function rowhouse.redeliver_mail(name text, letter uuid default null, out redelivered bigint, out left_over bigint)
    language plpgsql as $$
#variable_conflict use_column
declare
    home    smallint := rowhouse.home_of(redeliver_mail.name);
    turn    bigint := (extract(epoch from clock_timestamp()) * 1000000)::bigint * 1024;
    box     rowhouse.mailbox;
    waiting bigint;
    wanted  bigint;
begin
    box := rowhouse.locked_mailbox(redeliver_mail.name);
    select count(*) into wanted
    from (
        select
        from rowhouse.dead_letter as d
        where d.bucket = home and d.source = redeliver_mail.name and d.reader = redeliver_mail.name and (letter is null or d.id = letter)
        limit 10000) as asked;
    if letter is not null and wanted = 0 then
        perform rowhouse.refuse('RH002', format('Mailbox %s has no dead letter %s.', redeliver_mail.name, letter),
            format('`rowhouse mailboxes dead-letters %s` lists them.', redeliver_mail.name));
    end if;
    select count(*) into waiting
    from (
        select
        from rowhouse.mail as m
        where m.bucket = home and m.mailbox = redeliver_mail.name and m.state = 'ready'
        limit box.mail_max) as ready;
    with gone as (
        delete from rowhouse.dead_letter as d
        where d.bucket = home and d.reader = redeliver_mail.name and d.id in (
            select o.id
            from rowhouse.dead_letter as o
            where o.bucket = home and o.source = redeliver_mail.name and o.reader = redeliver_mail.name
                and (letter is null or o.id = letter)
            order by o.died_at
            limit least(wanted, box.mail_max - waiting))
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
    select count(*) into redelivered from sent;
    left_over := wanted - redelivered;
    perform pg_notify('rowhouse', 'mail ' || redeliver_mail.name);
end $$;
comment on function rowhouse.redeliver_mail(text, uuid) is
    'Puts a mailbox''s dead letters, or one of them, into it again, as if they had never been tried: at most the 10,000 that died first, and no more than the mailbox holds. Gives how many, and how many of these 10,000 did not fit.';
