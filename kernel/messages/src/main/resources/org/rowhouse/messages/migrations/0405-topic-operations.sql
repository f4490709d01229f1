-- How topics and groups are declared, altered, replayed and dropped, and how they stand.
-- Refusals raise RH001 (invalid argument), RH002 (not found) or RH003 (conflict), with a hint.

create function rowhouse.locked_topic(name text) returns rowhouse.topic
    language plpgsql as $$
declare
    found_topic rowhouse.topic;
begin
    select * into found_topic from rowhouse.topic as t where t.name = locked_topic.name for update;
    if not found then
        perform rowhouse.refuse('RH002', format('There is no topic %s.', rowhouse.shown(name)),
            'Topics: ' || coalesce((
                select string_agg(t.name, ', ' order by t.name)
                from (select t.name from rowhouse.topic as t order by t.name limit 50) as t), 'none') || '.');
    end if;
    return found_topic;
end $$;
comment on function rowhouse.locked_topic(text) is 'Locks a topic and gives it.';

create function rowhouse.set_topic(
    name            text,
    logs            integer  default null,
    retention       interval default null,
    retention_bytes bigint   default null,
    bytes_max       bigint   default null,
    lag_max         bigint   default null)
    returns void
    language plpgsql as $$
#variable_conflict use_column
declare
    topic   rowhouse.topic;
    buckets integer := rowhouse.setting_value('key_buckets')::integer;
    b       smallint;
begin
    perform rowhouse.check_name('topic', set_topic.name);
    perform rowhouse.check_between('retention', nullif(set_topic.retention, interval '0'), interval '1 second', interval '36500 days');
    if coalesce(set_topic.logs, 1) not between 1 and 1024 or coalesce(set_topic.retention_bytes, 0) < 0
        or coalesce(set_topic.bytes_max, 0) < 0 or coalesce(set_topic.lag_max, 0) < 0 then
        perform rowhouse.refuse('RH001', format('Topic %s cannot be so.', set_topic.name),
            'It has 1 to 1024 logs; its limits are at least 1, or 0 for none.');
    end if;
    insert into rowhouse.topic (name, first_bucket, logs, changed_by)
    values (set_topic.name, rowhouse.home_of(set_topic.name), coalesce(set_topic.logs, 1), rowhouse.who())
    on conflict (name) do nothing;
    topic := rowhouse.locked_topic(set_topic.name);
    if set_topic.logs <> topic.logs then
        perform rowhouse.refuse('RH003', format('Topic %s has %s logs: that is fixed.', topic.name, topic.logs),
            'Messages of one key must stay in one log: declare another topic.');
    end if;
    topic.retention := nullif(coalesce(set_topic.retention, topic.retention), interval '0');
    topic.retention_bytes := nullif(coalesce(set_topic.retention_bytes, topic.retention_bytes), 0);
    topic.bytes_max := nullif(coalesce(set_topic.bytes_max, topic.bytes_max), 0);
    topic.lag_max := nullif(coalesce(set_topic.lag_max, topic.lag_max), 0);
    update rowhouse.topic as t
    set retention = topic.retention, retention_bytes = topic.retention_bytes, bytes_max = topic.bytes_max,
        lag_max = topic.lag_max, changed_at = now(), changed_by = rowhouse.who()
    where t.name = topic.name;
    for i in 0..topic.logs - 1 loop
        b := (topic.first_bucket + i) % buckets;
        insert into rowhouse.log (bucket, id, name)
        values (b, topic.number::bigint * 4096 + i, topic.name || '/' || i)
        on conflict do nothing;
        update rowhouse.log as l
        set bytes_max = (topic.bytes_max + topic.logs - 1) / topic.logs, lag_max = topic.lag_max
        where l.bucket = b and l.id = topic.number::bigint * 4096 + i;
    end loop;
    perform pg_notify('rowhouse', 'topics');
end $$;
comment on function rowhouse.set_topic(text, integer, interval, bigint, bigint, bigint) is
    'Declares a topic or changes it. Null leaves a limit as it is, 0 takes it away; the number of logs is fixed.';

create function rowhouse.set_group(
    topic       text,
    name        text,
    beginning   boolean default true,
    deliveries  integer default null,
    back_off_ms integer default null)
    returns void
    language plpgsql as $$
#variable_conflict use_column
declare
    topic   rowhouse.topic := rowhouse.locked_topic(set_group.topic);
    buckets integer := rowhouse.setting_value('key_buckets')::integer;
    b       smallint;
begin
    perform rowhouse.check_name('group', set_group.name);
    if coalesce(set_group.deliveries, 1) not between 1 and 1000 or coalesce(set_group.back_off_ms, 0) not between 0 and 86400000 then
        perform rowhouse.refuse('RH001', format('Group %s cannot be so.', set_group.name),
            'It tries a message 1 to 1000 times, with a first pause of at most a day.');
    end if;
    insert into rowhouse.topic_group as g (topic, name, deliveries, back_off_ms, changed_by)
    values (topic.name, set_group.name, coalesce(set_group.deliveries, 5), coalesce(set_group.back_off_ms, 1000), rowhouse.who())
    on conflict (topic, name) do update
    set deliveries = coalesce(set_group.deliveries, g.deliveries), back_off_ms = coalesce(set_group.back_off_ms, g.back_off_ms),
        changed_by = excluded.changed_by;
    for i in 0..topic.logs - 1 loop
        b := (topic.first_bucket + i) % buckets;
        insert into rowhouse.cursor (bucket, log, group_name, position)
        select b, l.id, set_group.name, case when set_group.beginning then l.tail else l.head end
        from rowhouse.log as l
        where l.bucket = b and l.id = topic.number::bigint * 4096 + i
        on conflict do nothing;
    end loop;
    perform pg_notify('rowhouse', 'topics');
end $$;
comment on function rowhouse.set_group(text, text, boolean, integer, integer) is
    'Declares a group of readers or changes how often it tries a message. A new one begins at the oldest message, or else at the next.';

create function rowhouse.seek_group(topic text, name text, at timestamptz) returns bigint
    language plpgsql as $$
#variable_conflict use_column
declare
    topic   rowhouse.topic := rowhouse.locked_topic(seek_group.topic);
    buckets integer := rowhouse.setting_value('key_buckets')::integer;
    log_id  bigint;
    place   bigint;
    total   bigint := 0;
    b       smallint;
begin
    if at is null or not exists (
        select 1 from rowhouse.topic_group as g where g.topic = topic.name and g.name = seek_group.name) then
        perform rowhouse.refuse('RH002', format('Topic %s has no group %s.', topic.name, rowhouse.shown(seek_group.name)),
            'Groups: ' || coalesce((
                select string_agg(g.name, ', ' order by g.name) from rowhouse.topic_group as g where g.topic = topic.name), 'none') || '.');
    end if;
    for i in 0..topic.logs - 1 loop
        b := (topic.first_bucket + i) % buckets;
        log_id := topic.number::bigint * 4096 + i;
        place := rowhouse.position_at(b, log_id, at);
        update rowhouse.cursor as c
        set position = place, epoch = c.epoch + 1, node = null, attempts = 0, retry_at = null, error = null, moved_at = now()
        where c.bucket = b and c.log = log_id and c.group_name = seek_group.name;
        total := total + coalesce((select l.head from rowhouse.log as l where l.bucket = b and l.id = log_id), place) - place;
    end loop;
    perform pg_notify('rowhouse', 'topics');
    return total;
end $$;
comment on function rowhouse.seek_group(text, text, timestamptz) is
    'Replay: lets a group go on with the first message sent at that time or later; -infinity: with the oldest, infinity: with the next. Gives how many it then has before it.';

create function rowhouse.position_at(bucket smallint, log bigint, at timestamptz) returns bigint
    language plpgsql stable as $$
#variable_conflict use_column
declare
    low    bigint;
    high   bigint;
    middle bigint;
    sent   timestamptz;
begin
    select l.tail, l.head into low, high
    from rowhouse.log as l
    where l.bucket = position_at.bucket and l.id = position_at.log;
    -- Positions are given in the order of commits, so times rise with them but for the length of a batch: halve.
    while low < high loop
        middle := (low + high) / 2;
        select m.sent_at into sent
        from rowhouse.message as m
        where m.bucket = position_at.bucket and m.log = position_at.log and m.position >= middle
        order by m.position
        limit 1;
        if sent is null or sent >= at then
            high := middle;
        else
            low := middle + 1;
        end if;
    end loop;
    return low;
end $$;
comment on function rowhouse.position_at(smallint, bigint, timestamptz) is 'The position of the first message in a log that was sent at a time or later.';

create function rowhouse.drop_group(topic text, name text) returns void
    language plpgsql as $$
#variable_conflict use_column
declare
    topic   rowhouse.topic := rowhouse.locked_topic(drop_group.topic);
    buckets integer := rowhouse.setting_value('key_buckets')::integer;
    b       smallint;
begin
    delete from rowhouse.topic_group as g where g.topic = topic.name and g.name = drop_group.name;
    if not found then
        perform rowhouse.refuse('RH002', format('Topic %s has no group %s.', topic.name, rowhouse.shown(drop_group.name)),
            'See the table topic_group.');
    end if;
    delete from rowhouse.topic_member as m where m.topic = topic.name and m.group_name = drop_group.name;
    for i in 0..topic.logs - 1 loop
        b := (topic.first_bucket + i) % buckets;
        delete from rowhouse.cursor as c
        where c.bucket = b and c.log = topic.number::bigint * 4096 + i and c.group_name = drop_group.name;
    end loop;
    perform pg_notify('rowhouse', 'topics');
end $$;
comment on function rowhouse.drop_group(text, text) is 'Forgets a group and how far it had come.';

create function rowhouse.drop_topic(name text) returns void
    language plpgsql as $$
#variable_conflict use_column
declare
    topic   rowhouse.topic := rowhouse.locked_topic(drop_topic.name);
    buckets integer := rowhouse.setting_value('key_buckets')::integer;
    b       smallint;
begin
    for i in 0..topic.logs - 1 loop
        b := (topic.first_bucket + i) % buckets;
        delete from rowhouse.message as m where m.bucket = b and m.log = topic.number::bigint * 4096 + i;
        delete from rowhouse.cursor as c where c.bucket = b and c.log = topic.number::bigint * 4096 + i;
        delete from rowhouse.log as l where l.bucket = b and l.id = topic.number::bigint * 4096 + i;
    end loop;
    delete from rowhouse.topic_group as g where g.topic = topic.name;
    delete from rowhouse.topic_member as m where m.topic = topic.name;
    delete from rowhouse.topic as t where t.name = topic.name;
    perform pg_notify('rowhouse', 'topics');
end $$;
comment on function rowhouse.drop_topic(text) is 'Deletes a topic with all its messages and groups.';
