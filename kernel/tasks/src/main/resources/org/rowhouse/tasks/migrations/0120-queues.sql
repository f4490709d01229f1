-- Queues, schedules and settings: how they are declared, altered, stopped and dropped, and how they stood at a past time.
-- Refusals raise RH001 (invalid argument), RH002 (not found) or RH003 (conflict), with a hint.

alter table rowhouse.schedule
    add column error           text,
    add column back_fill_from  timestamptz,
    add column back_fill_until timestamptz,
    add check ((back_fill_from is null) = (back_fill_until is null));
comment on column rowhouse.schedule.next_at is
    'When it fires next; null: never again; -infinity: a node has yet to work it out.';
comment on column rowhouse.schedule.error is 'Why it did not start a task when it last should have; null if it did.';
comment on column rowhouse.schedule.back_fill_from is 'While past times are being fired: from here on they are still to come.';
comment on column rowhouse.schedule.back_fill_until is 'While past times are being fired: the end, not included.';

create or replace function rowhouse.keep_history() returns trigger
    language plpgsql as $$
declare
    fleeting constant text[] := array[
        'tokens', 'tokens_at', 'next_at', 'fired_at', 'back_fill_from', 'back_fill_until', 'changed_at', 'changed_by'];
    moment   constant timestamptz := clock_timestamp();
begin
    if tg_op = 'UPDATE' then
        if to_jsonb(old) - fleeting = to_jsonb(new) - fleeting then
            new.changed_at := old.changed_at;
            return new;
        end if;
        new.changed_at := moment;
    end if;
    insert into rowhouse.history (relation, key, valid_from, valid_to, content)
    values (tg_table_name, old.name, old.changed_at, moment, to_jsonb(old));
    return coalesce(new, old);
end $$;

create function rowhouse.as_of(relation text, at timestamptz) returns setof jsonb
    language plpgsql stable as $$
begin
    if at is null or not exists (
        select 1
        from pg_trigger as g
        join pg_class as c on c.oid = g.tgrelid
        join pg_namespace as n on n.oid = c.relnamespace
        where g.tgname = 'keep_history' and n.nspname = 'rowhouse' and c.relname = as_of.relation) then
        perform rowhouse.refuse('RH001',
            format('There is no history of %s at %s.', rowhouse.shown(relation), coalesce(at::text, 'null')),
            'Past versions are kept of queue, schedule and setting, for any time.');
    end if;
    return query execute format(
        'select h.content from rowhouse.history as h where h.relation = $1 and h.valid_from <= $2 and h.valid_to > $2
         union all
         select to_jsonb(t) from rowhouse.%I as t where t.changed_at <= $2', relation)
        using relation, at;
end $$;
comment on function rowhouse.as_of(text, timestamptz) is
    'The rows of a table as they were at a past time: as_of(''queue'', now() - interval ''1 day'').';

-- Queues --------------------------------------------------------------------------------------------------------------

create function rowhouse.locked_queue(name text) returns rowhouse.queue
    language plpgsql as $$
declare
    found_queue rowhouse.queue;
begin
    -- Waits for starts that pass the queue by; those that come later see that someone waits, and do not.
    perform pg_advisory_xact_lock(1380930388, hashtext(name));
    select * into found_queue from rowhouse.queue as q where q.name = locked_queue.name for update;
    if not found then
        perform rowhouse.refuse('RH002', format('There is no queue %s.', rowhouse.shown(name)),
            'Queues: ' || (
                select string_agg(q.name, ', ' order by q.name)
                from (select q.name from rowhouse.queue as q order by q.name limit 50) as q) || '.');
    end if;
    if name = 'direct' then
        perform rowhouse.refuse('RH003', 'The queue direct has no limits and cannot be changed, paused or dropped.',
            'Declare another queue and move tasks there.');
    end if;
    return found_queue;
end $$;
comment on function rowhouse.locked_queue(text) is 'Locks a queue that may be changed and gives it.';

create function rowhouse.unended_in(queue text) returns bigint
    language plpgsql stable as $$
declare
    total bigint := 0;
    part  bigint;
begin
    for b in 0..rowhouse.setting_value('buckets')::integer - 1 loop
        select count(*) into part
        from rowhouse.task as t
        where t.bucket = b::smallint and t.queue = unended_in.queue and t.state in ('ready', 'running', 'waiting');
        total := total + part;
    end loop;
    return total;
end $$;
comment on function rowhouse.unended_in(text) is 'How many tasks of a queue have not ended.';

create function rowhouse.check_queue(queue rowhouse.queue) returns void
    language plpgsql as $$
begin
    if queue.concurrency not between 1 and 100000 or queue.concurrency_per_node not between 1 and 100000 then
        perform rowhouse.refuse('RH001', 'A concurrency must be 1 to 100000.', 'Give 0 for no limit.');
    end if;
    if queue.rate_count not between 1 and 1000000 then
        perform rowhouse.refuse('RH001', 'A rate must be 1 to 1000000 in its period.', 'Give 0 for no limit.');
    end if;
    if queue.rate_count is not null and queue.rate_period is null then
        perform rowhouse.refuse('RH001', 'A rate needs a period.', 'Say for how long: rate_period => ''1 second''.');
    end if;
    perform rowhouse.check_between('rate period', queue.rate_period, interval '1 millisecond', interval '366 days');
    if queue.bucket is null and (queue.fair or queue.concurrency is not null
        or queue.concurrency_per_node is not null or queue.rate_count is not null) then
        perform rowhouse.refuse('RH001', 'A queue that is spread over all buckets has no limits and is not fair.',
            'Choose: spread => false, or no limits.');
    end if;
end $$;
comment on function rowhouse.check_queue(rowhouse.queue) is 'Refuses a queue whose settings are out of bounds or contradict each other.';

create function rowhouse.set_queue(
    name                 text,
    concurrency          integer  default null,
    concurrency_per_node integer  default null,
    rate_count           integer  default null,
    rate_period          interval default null,
    fair                 boolean  default null,
    spread               boolean  default null)
    returns void
    language plpgsql as $$
#variable_conflict use_column
declare
    old   rowhouse.queue;
    queue rowhouse.queue;
begin
    perform rowhouse.check_name('queue', set_queue.name);
    insert into rowhouse.queue (name, bucket, changed_by)
    values (
        set_queue.name, case when set_queue.spread then null else rowhouse.home_of(set_queue.name) end, rowhouse.who())
    on conflict (name) do nothing;
    old := rowhouse.locked_queue(set_queue.name);
    queue := old;
    queue.concurrency := nullif(coalesce(set_queue.concurrency, old.concurrency), 0);
    queue.concurrency_per_node := nullif(coalesce(set_queue.concurrency_per_node, old.concurrency_per_node), 0);
    queue.rate_count := nullif(coalesce(set_queue.rate_count, old.rate_count), 0);
    queue.rate_period := case when queue.rate_count is not null then coalesce(set_queue.rate_period, old.rate_period) end;
    queue.fair := coalesce(set_queue.fair, old.fair);
    queue.bucket := case
        when set_queue.spread then null
        when not set_queue.spread then rowhouse.home_of(set_queue.name)
        else old.bucket
    end;
    perform rowhouse.check_queue(queue);
    if queue.bucket is distinct from old.bucket and rowhouse.unended_in(set_queue.name) > 0 then
        perform rowhouse.refuse('RH003',
            format('Queue %s has tasks that have not ended, so they cannot be spread or gathered.', set_queue.name),
            'Wait until it is empty, or declare another queue.');
    end if;
    update rowhouse.queue as q
    set bucket = queue.bucket, fair = queue.fair, concurrency = queue.concurrency,
        concurrency_per_node = queue.concurrency_per_node, rate_count = queue.rate_count, rate_period = queue.rate_period,
        tokens = case when (q.rate_count, q.rate_period) is not distinct from (queue.rate_count, queue.rate_period) then q.tokens end,
        changed_by = rowhouse.who()
    where q.name = set_queue.name
        and (q.bucket, q.fair, q.concurrency, q.concurrency_per_node, q.rate_count, q.rate_period)
            is distinct from (queue.bucket, queue.fair, queue.concurrency, queue.concurrency_per_node, queue.rate_count, queue.rate_period);
    perform pg_notify('rowhouse', 'queues');
end $$;
comment on function rowhouse.set_queue(text, integer, integer, integer, interval, boolean, boolean) is
    'Declares a queue or changes it. Null leaves a limit as it is, 0 takes it away; spread uses all buckets and allows no limits.';

create function rowhouse.set_paused(queue text, paused boolean) returns void
    language plpgsql as $$
#variable_conflict use_column
begin
    perform rowhouse.locked_queue(set_paused.queue);
    update rowhouse.queue as q
    set paused = set_paused.paused, changed_by = rowhouse.who()
    where q.name = set_paused.queue and q.paused <> set_paused.paused;
    perform pg_notify('rowhouse', 'queues');
end $$;
comment on function rowhouse.set_paused(text, boolean) is 'What pause_queue and resume_queue share.';

create function rowhouse.pause_queue(name text) returns void
    language plpgsql as $$
begin
    perform rowhouse.set_paused(name, true);
end $$;
comment on function rowhouse.pause_queue(text) is 'Nothing more is claimed from the queue; what runs goes on.';

create function rowhouse.resume_queue(name text) returns void
    language plpgsql as $$
begin
    perform rowhouse.set_paused(name, false);
    perform rowhouse.signal_ready(array[name]);
end $$;
comment on function rowhouse.resume_queue(text) is 'The queue''s tasks are claimed again.';

create function rowhouse.drop_queue(name text) returns void
    language plpgsql as $$
declare
    unended  bigint;
    schedule text;
begin
    perform rowhouse.locked_queue(drop_queue.name);
    unended := rowhouse.unended_in(drop_queue.name);
    if unended > 0 then
        perform rowhouse.refuse('RH003', format('Queue %s is not empty: tasks that have not ended: %s.', name, unended),
            'Cancel or move them first: rowhouse.select_tasks(queue => ...) finds them.');
    end if;
    select min(s.name) into schedule from rowhouse.schedule as s where s.queue = drop_queue.name;
    if schedule is not null then
        perform rowhouse.refuse('RH003', format('Schedule %s starts its tasks in queue %s.', schedule, name),
            'Drop the schedule first or give it another queue.');
    end if;
    delete from rowhouse.queue as q where q.name = drop_queue.name;
    perform pg_notify('rowhouse', 'queues');
end $$;
comment on function rowhouse.drop_queue(text) is 'Drops a queue that has no unended tasks and no schedule.';

-- Schedules -----------------------------------------------------------------------------------------------------------

create function rowhouse.locked_schedule(name text) returns rowhouse.schedule
    language plpgsql as $$
declare
    schedule rowhouse.schedule;
begin
    select * into schedule from rowhouse.schedule as s where s.name = locked_schedule.name for update;
    if not found then
        perform rowhouse.refuse('RH002', format('There is no schedule %s.', rowhouse.shown(name)),
            'Schedules: ' || coalesce((
                select string_agg(s.name, ', ' order by s.name)
                from (select s.name from rowhouse.schedule as s order by s.name limit 50) as s), 'none') || '.');
    end if;
    return schedule;
end $$;
comment on function rowhouse.locked_schedule(text) is 'Locks a schedule and gives it.';

create function rowhouse.check_schedule(cron text, zone text, queue text, input jsonb) returns void
    language plpgsql as $$
begin
    if cron is null or length(cron) > 256 or cron ~ '[[:cntrl:]]'
        or cardinality(regexp_split_to_array(btrim(cron), ' +')) not in (5, 6) then
        perform rowhouse.refuse('RH001', format('%s is not a cron expression.', rowhouse.shown(cron)),
            'Give five fields as in Unix cron (minute hour day month weekday), or six with seconds first.');
    end if;
    if zone is null or not exists (select 1 from pg_timezone_names as z where z.name = check_schedule.zone) then
        perform rowhouse.refuse('RH001', format('There is no time zone %s.', rowhouse.shown(zone)),
            'Give an IANA name such as Europe/Berlin, America/New_York or UTC.');
    end if;
    if not exists (select 1 from rowhouse.queue as q where q.name = check_schedule.queue) then
        perform rowhouse.refuse('RH002', format('There is no queue %s.', rowhouse.shown(queue)),
            'Declare it first with rowhouse.set_queue, or leave the queue out.');
    end if;
    perform rowhouse.check_start(input, 0, null, null, queue, null, null);
end $$;
comment on function rowhouse.check_schedule(text, text, text, jsonb) is
    'Refuses a malformed schedule. Whether the cron expression ever fires is found by the node.';

create function rowhouse.set_schedule(
    name      text,
    cron      text,
    zone      text,
    component text,
    function  text,
    queue     text        default 'direct',
    input     jsonb       default 'null',
    catch_up  boolean     default false,
    next_at   timestamptz default '-infinity')
    returns void
    language plpgsql as $$
#variable_conflict use_column
begin
    perform rowhouse.check_name('schedule', set_schedule.name);
    perform rowhouse.check_schedule(
        set_schedule.cron, set_schedule.zone, set_schedule.queue, coalesce(set_schedule.input, 'null'));
    if set_schedule.component is null or set_schedule.function is null then
        perform rowhouse.refuse('RH001', 'A schedule needs a component and a function.', 'Name both.');
    end if;
    insert into rowhouse.schedule as s (
        name, cron, zone, component, function, queue, input, catch_up, next_at, changed_by)
    values (
        set_schedule.name, set_schedule.cron, set_schedule.zone, set_schedule.component, set_schedule.function,
        set_schedule.queue, coalesce(set_schedule.input, 'null'), coalesce(set_schedule.catch_up, false),
        set_schedule.next_at, rowhouse.who())
    on conflict (name) do update
    set cron = excluded.cron, zone = excluded.zone, component = excluded.component, function = excluded.function,
        queue = excluded.queue, input = excluded.input, catch_up = excluded.catch_up, changed_by = excluded.changed_by,
        error = null,
        next_at = case
            when (s.cron, s.zone) = (excluded.cron, excluded.zone) then coalesce(s.next_at, excluded.next_at)
            else excluded.next_at
        end
    where (s.cron, s.zone, s.component, s.function, s.queue, s.input, s.catch_up)
        is distinct from (excluded.cron, excluded.zone, excluded.component, excluded.function, excluded.queue,
            excluded.input, excluded.catch_up)
        or s.error is not null;
    perform pg_notify('rowhouse', 'schedules');
end $$;
comment on function rowhouse.set_schedule(text, text, text, text, text, text, jsonb, boolean, timestamptz) is
    'Declares a schedule or changes it. Without next_at a node works out when it fires; what it finds wrong stands in the column error.';

create function rowhouse.pause_schedule(name text) returns void
    language plpgsql as $$
#variable_conflict use_column
begin
    perform rowhouse.locked_schedule(pause_schedule.name);
    update rowhouse.schedule as s
    set paused = true, changed_by = rowhouse.who()
    where s.name = pause_schedule.name and not s.paused;
    perform pg_notify('rowhouse', 'schedules');
end $$;
comment on function rowhouse.pause_schedule(text) is 'The schedule does not fire until it is resumed.';

create function rowhouse.resume_schedule(name text) returns void
    language plpgsql as $$
#variable_conflict use_column
begin
    perform rowhouse.locked_schedule(resume_schedule.name);
    update rowhouse.schedule as s
    set paused = false, error = null, next_at = '-infinity', changed_by = rowhouse.who()
    where s.name = resume_schedule.name and s.paused;
    perform pg_notify('rowhouse', 'schedules');
end $$;
comment on function rowhouse.resume_schedule(text) is
    'The schedule fires again from now on; the times it missed are dropped: back_fill fires them.';

create function rowhouse.drop_schedule(name text) returns void
    language plpgsql as $$
#variable_conflict use_column
begin
    perform rowhouse.locked_schedule(drop_schedule.name);
    delete from rowhouse.schedule as s where s.name = drop_schedule.name;
    perform pg_notify('rowhouse', 'schedules');
end $$;
comment on function rowhouse.drop_schedule(text) is 'Drops a schedule; the tasks that it started stay.';

create function rowhouse.back_fill(name text, since timestamptz, until timestamptz) returns void
    language plpgsql as $$
#variable_conflict use_column
declare
    schedule rowhouse.schedule := rowhouse.locked_schedule(back_fill.name);
begin
    if since is null and until is null then
        update rowhouse.schedule as s
        set back_fill_from = null, back_fill_until = null
        where s.name = back_fill.name;
        return;
    end if;
    if since is null or until is null or since >= until or until > now() or until - since > interval '3660 days' then
        perform rowhouse.refuse('RH001',
            format('Times cannot be back-filled from %s to %s.', coalesce(since::text, 'null'), coalesce(until::text, 'null')),
            'Give a begin, and a later end that has passed, at most ten years apart; null for both stops a back-fill.');
    end if;
    if schedule.back_fill_from is not null then
        perform rowhouse.refuse('RH003', format('Schedule %s is being back-filled until %s.', name, schedule.back_fill_until),
            format('Wait until it is done, or stop it: rowhouse.back_fill(''%s'', null, null).', name));
    end if;
    update rowhouse.schedule as s
    set back_fill_from = since, back_fill_until = back_fill.until
    where s.name = back_fill.name;
    perform pg_notify('rowhouse', 'schedules');
end $$;
comment on function rowhouse.back_fill(text, timestamptz, timestamptz) is
    'Lets a node fire the schedule for past times, the end not included. Times that it has fired for already are left out.';

create function rowhouse.schedule_trouble(schedule rowhouse.schedule) returns text
    language plpgsql stable as $$
begin
    if not exists (select 1 from rowhouse.queue as q where q.name = schedule.queue) then
        return format('There is no queue %s.', rowhouse.shown(schedule.queue));
    end if;
    if not exists (select 1 from rowhouse.find_function(schedule.component, schedule.function, null)) then
        return format('There is no function %s in component %s.',
            rowhouse.shown(schedule.function), rowhouse.shown(schedule.component));
    end if;
    return null;
end $$;
comment on function rowhouse.schedule_trouble(rowhouse.schedule) is 'Why the schedule cannot start tasks now; null if it can.';

create function rowhouse.fire_schedules(
    names text[], expected timestamptz[], fire_times timestamptz[], next_times timestamptz[], past boolean default false)
    returns table (name text, fire_time timestamptz, id uuid)
    language plpgsql as $$
#variable_conflict use_column
declare
    b      smallint;
    queues text[];
begin
    perform 1 from rowhouse.schedule as s where s.name = any (names) order by s.name for update;
    for b in
        select distinct coalesce(q.bucket, rowhouse.home_of(s.name))
        from rowhouse.schedule as s
        join rowhouse.queue as q on q.name = s.queue
        where s.name = any (names)
    loop
        return query
            with due as materialized (
                select s.name, firing.fire_time, s.component, image.known_version, s.function, s.queue, s.input,
                    rowhouse.need_of(image.known_need) as need, now() + image.known_timeout as deadline,
                    rowhouse.derived_id(b, (extract(epoch from firing.fire_time) * 1000)::bigint, 'schedule ' || s.name,
                        (extract(epoch from firing.fire_time) * 1000)::bigint, 0) as id
                from unnest(names, expected, fire_times) as firing (name, expected, fire_time)
                join rowhouse.schedule as s on s.name = firing.name
                join rowhouse.queue as q on q.name = s.queue
                cross join lateral rowhouse.find_function(s.component, s.function, null) as image
                where coalesce(q.bucket, rowhouse.home_of(s.name)) = b and firing.fire_time is not null
                    and firing.expected = case when past then s.back_fill_from else s.next_at end
                    and (past or not s.paused)
            ), recorded as (
                insert into rowhouse.task (
                    bucket, id, state, placed, need, deadline, root, component, version, function, queue, started_by, input)
                select b, id, 'ready', case when need is null then 0 else -1 end, need, deadline, id, component, known_version, function, queue, 'schedule ' || name, input
                from due
                order by id
                on conflict do nothing
                returning id
            ), noted as (
                insert into rowhouse.task_event (bucket, task, number, attempt, state, cause, detail)
                select b, id, 0, 0, 'ready', 'start', jsonb_build_object('by', 'schedule ' || name, 'at', fire_time)
                from recorded
                join due using (id)
            )
            select due.name, due.fire_time, recorded.id
            from recorded
            join due using (id)
            order by due.fire_time, due.name;
    end loop;
    select array_agg(distinct s.queue) into queues
    from rowhouse.schedule as s
    where s.name = any (names);
    perform rowhouse.advance_schedules(names, expected, fire_times, next_times, past);
    perform rowhouse.signal_ready(queues);
end $$;
comment on function rowhouse.fire_schedules(text[], timestamptz[], timestamptz[], timestamptz[], boolean) is
    'Starts the tasks of due firings and advances the schedules, where they still stand as expected; past: those of a back-fill.';

create function rowhouse.advance_schedules(
    names text[], expected timestamptz[], fire_times timestamptz[], next_times timestamptz[], past boolean)
    returns void
    language plpgsql as $$
begin
    update rowhouse.schedule as s
    set next_at = case when past then s.next_at else round.next_time end,
        fired_at = case when not past and trouble is null then coalesce(round.fire_time, s.fired_at) else s.fired_at end,
        back_fill_from = case
            when past then case when trouble is null and round.next_time < s.back_fill_until then round.next_time end
            else s.back_fill_from
        end,
        back_fill_until = case
            when past then case when trouble is null and round.next_time < s.back_fill_until then s.back_fill_until end
            else s.back_fill_until
        end,
        error = case when round.fire_time is null then s.error else trouble end
    from (
        select firing.name, firing.expected, max(firing.fire_time) as fire_time, max(firing.next_time) as next_time
        from unnest(names, expected, fire_times, next_times) as firing (name, expected, fire_time, next_time)
        group by firing.name, firing.expected
    ) as round
    join rowhouse.schedule as seen on seen.name = round.name
    cross join lateral rowhouse.schedule_trouble(seen) as trouble
    where s.name = round.name
        and round.expected = case when past then s.back_fill_from else s.next_at end
        and (past or not s.paused);
end $$;
comment on function rowhouse.advance_schedules(text[], timestamptz[], timestamptz[], timestamptz[], boolean) is
    'Sets when schedules fire next, and why they could not start a task if so. The second half of fire_schedules.';

create function rowhouse.reject_schedule(name text, cron text, zone text, error text) returns void
    language plpgsql as $$
#variable_conflict use_column
begin
    update rowhouse.schedule as s
    set paused = true, error = reject_schedule.error, back_fill_from = null, back_fill_until = null,
        changed_by = rowhouse.who()
    where s.name = reject_schedule.name and s.cron = reject_schedule.cron and s.zone = reject_schedule.zone;
end $$;
comment on function rowhouse.reject_schedule(text, text, text, text) is
    'Pauses a schedule whose cron expression or time zone a node cannot read, and says why.';

-- Settings ------------------------------------------------------------------------------------------------------------

create function rowhouse.check_setting(name text, value text, old text, unit text) returns void
    language plpgsql as $$
declare
    hint constant text := format('It is %s now; its unit is %s.', old, unit);
begin
    if value is null or length(value) > 1000 or value ~ '[[:cntrl:]]' then
        perform rowhouse.refuse('RH001', format('%s is not a value for the setting %s.', rowhouse.shown(value), name), hint);
    end if;
    if unit = 'count' and (value !~ '^[0-9]{1,7}$' or value::integer < 1) then
        perform rowhouse.refuse('RH001',
            format('The setting %s must be a whole number of 1 to 9999999, but is %s.', name, rowhouse.shown(value)), hint);
    end if;
    if unit = 'interval' then
        begin
            perform rowhouse.check_between(name, value::interval, interval '0', interval '36500 days');
        exception when invalid_datetime_format or datetime_field_overflow or interval_field_overflow then
            perform rowhouse.refuse('RH001',
                format('The setting %s must be a time, but is %s.', name, rowhouse.shown(value)), 'Such as 7 days, 12 hours.');
        end;
    end if;
    if name = 'key_buckets' and value <> old then
        perform rowhouse.refuse('RH003', 'The setting key_buckets is fixed when the cluster is made.', hint);
    end if;
    if name = 'buckets' and (value::integer < old::integer or value::integer > 4096) then
        perform rowhouse.refuse('RH003', 'The setting buckets can only grow, to 4096 at most.', hint);
    end if;
end $$;
comment on function rowhouse.check_setting(text, text, text, text) is 'Refuses a value that a setting cannot have.';

create function rowhouse.set_setting(name text, value text) returns void
    language plpgsql as $$
#variable_conflict use_column
declare
    old  text := rowhouse.setting_value(set_setting.name);
    unit text;
begin
    select s.value, s.unit into old, unit from rowhouse.setting as s where s.name = set_setting.name for update;
    perform rowhouse.check_setting(set_setting.name, set_setting.value, old, unit);
    update rowhouse.setting as s
    set value = set_setting.value, changed_by = rowhouse.who()
    where s.name = set_setting.name and s.value <> set_setting.value;
    perform pg_notify('rowhouse', 'settings');
end $$;
comment on function rowhouse.set_setting(text, text) is 'Changes a setting of the cluster; nodes take it up at once.';
