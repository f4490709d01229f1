-- Operations on live state: what HTTP, the command line and psql call alike. Each takes a set, names one bucket per
-- statement, locks its rows in key order (buckets ascending, ids ascending), makes only the transitions that
-- org.rowhouse.api.TaskState allows, writes an event with who asked, and signals nodes once per statement.
-- Rows are locked by one statement and changed by the next, which therefore sees them as they are; between the two
-- nobody can change them. Long lists are joined row by row (lateral ... offset 0): with
-- `= any (list)` the planner may test each row against the whole list, which costs the square. Such a probe names the
-- key and nothing else; conditions on the state stand outside, or a partial index without the key may be chosen for it.
--
-- Functions over sets return one row per task touched: its id and 'done', or a sentence why not.
-- Refused arguments raise RH001 (invalid argument), RH002 (not found) or RH003 (conflict); the hint says what to do next.

-- Helpers -------------------------------------------------------------------------------------------------------------

create function rowhouse.who() returns text
    language plpgsql stable as $$
begin
    return coalesce(nullif(current_setting('rowhouse.user', true), ''), current_user::text);
end $$;
comment on function rowhouse.who() is
    'Who asks: the setting rowhouse.user if a node speaks for someone, else the database role.';

create function rowhouse.refuse(code text, message text, hint text) returns void
    language plpgsql as $$
begin
    raise exception using errcode = refuse.code, message = refuse.message, hint = refuse.hint;
end $$;
comment on function rowhouse.refuse(text, text, text) is
    'Raises RH001 invalid argument, RH002 not found or RH003 conflict, with a hint what to do next.';

create function rowhouse.shown(value text) returns text
    language plpgsql immutable as $$
begin
    if value is null then
        return 'null';
    end if;
    return '''' || regexp_replace(left(value, 80), '[[:cntrl:]]', '?', 'g')
        || case when length(value) > 80 then '...' else '' end || '''';
end $$;
comment on function rowhouse.shown(text) is
    'A value as messages show it: in quotes, on one line, at most 80 characters.';

create function rowhouse.check_name(what text, name text) returns void
    language plpgsql as $$
begin
    if name is null or name !~ '^[a-z][a-z0-9._-]{0,62}$' then
        perform rowhouse.refuse('RH001', format('%s is not a name for a %s.', rowhouse.shown(name), what),
            'Names have 1 to 63 lower-case letters, digits, dots, dashes and underscores, a letter first.');
    end if;
end $$;
comment on function rowhouse.check_name(text, text) is 'Refuses what cannot be the name of a queue or schedule.';

create function rowhouse.check_between(what text, value interval, shortest interval, longest interval) returns void
    language plpgsql as $$
begin
    if value < shortest or value > longest then
        perform rowhouse.refuse('RH001', format('A %s must be %s to %s, but is %s.', what, shortest, longest, value),
            format('Give a %s within these bounds.', what));
    end if;
end $$;
comment on function rowhouse.check_between(text, interval, interval, interval) is
    'Refuses a time that is too short or too long; null passes.';

create function rowhouse.setting_value(name text) returns text
    language plpgsql stable as $$
declare
    found_value text;
begin
    select s.value into found_value from rowhouse.setting s where s.name = setting_value.name;
    if not found then
        perform rowhouse.refuse('RH002', format('There is no setting %s.', rowhouse.shown(name)),
            'Settings: ' || (select string_agg(s.name, ', ' order by s.name) from rowhouse.setting s) || '.');
    end if;
    return found_value;
end $$;
comment on function rowhouse.setting_value(text) is 'The value of a setting of the cluster.';

create function rowhouse.home_of(name text) returns smallint
    language plpgsql stable as $$
declare
    digest bytea := sha256(convert_to(name, 'UTF8'));
    hash   numeric := 0;
begin
    for place in 0..7 loop
        hash := hash * 256 + get_byte(digest, place);
    end loop;
    return mod(hash, rowhouse.setting_value('key_buckets')::numeric)::smallint;
end $$;
comment on function rowhouse.home_of(text) is
    'The bucket of a name or key: first 8 bytes of its SHA-256 as an unsigned number, modulo the setting key_buckets.';

create function rowhouse.new_id(bucket integer) returns uuid
    language plpgsql volatile as $$
begin
    return (lpad(to_hex(floor(extract(epoch from clock_timestamp()) * 1000)::bigint), 12, '0')
        || '7' || lpad(to_hex(bucket), 3, '0')
        || substr(replace(gen_random_uuid()::text, '-', ''), 17))::uuid;
end $$;
comment on function rowhouse.new_id(integer) is 'A new task id in a bucket: TaskId.create.';

create function rowhouse.derived_id(bucket integer, epoch_ms bigint, maker text, step bigint, place bigint) returns uuid
    language plpgsql immutable as $$
declare
    digest bytea := sha256(convert_to(maker, 'UTF8') || int8send(step) || int8send(place));
begin
    digest := set_byte(digest, 0, (get_byte(digest, 0) & 63) | 128);
    return (lpad(to_hex(epoch_ms), 12, '0') || '7' || lpad(to_hex(bucket), 3, '0')
        || encode(substr(digest, 1, 8), 'hex'))::uuid;
end $$;
comment on function rowhouse.derived_id(integer, bigint, text, bigint, bigint) is
    'The id that is always the same for the same maker and place: TaskId.derived.';

create function rowhouse.epoch_ms_of(id uuid) returns bigint
    language plpgsql immutable as $$
begin
    return ('x0000' || left(replace(id::text, '-', ''), 12))::bit(64)::bigint;
end $$;
comment on function rowhouse.epoch_ms_of(uuid) is
    'When an id was made, in milliseconds since 1970 by its maker''s clock.';

create function rowhouse.checked_ids(ids uuid[]) returns uuid[]
    language plpgsql as $$
begin
    if coalesce(cardinality(ids), 0) > 10000 then
        perform rowhouse.refuse('RH001', format('%s tasks are too many for one call.', cardinality(ids)),
            'Give at most 10000 ids and call again for the rest.');
    end if;
    return array(select distinct asked from unnest(ids) as asked where asked is not null order by asked);
end $$;
comment on function rowhouse.checked_ids(uuid[]) is
    'The ids in order, each once; more than 10,000 are refused.';

create function rowhouse.by_bucket(tasks uuid[]) returns table (bucket smallint, ids uuid[])
    language plpgsql stable as $$
begin
    return query
        select rowhouse.bucket_of(asked), array_agg(asked order by asked)
        from unnest(by_bucket.tasks) as asked
        group by rowhouse.bucket_of(asked)
        order by rowhouse.bucket_of(asked);
end $$;
comment on function rowhouse.by_bucket(uuid[]) is 'The ids grouped by bucket, both in ascending order.';

create function rowhouse.lock_tasks(bucket smallint, ids uuid[]) returns void
    language plpgsql as $$
begin
    perform 1
    from rowhouse.task as t
    where t.bucket = lock_tasks.bucket and t.id = any (lock_tasks.ids)
    order by t.id
    for update;
end $$;
comment on function rowhouse.lock_tasks(smallint, uuid[]) is
    'Locks tasks of one bucket in key order. The next statement then sees them as they are.';

create function rowhouse.descendants(ids uuid[])
    returns table (top uuid, id uuid, state rowhouse.task_state, cancel_requested boolean)
    language plpgsql stable as $$
#variable_conflict use_column
declare
    buckets integer := rowhouse.setting_value('buckets')::integer;
    total   integer := 0;
    tops    uuid[]  := descendants.ids;
    parents uuid[]  := descendants.ids;
    next_tops    uuid[];
    next_parents uuid[];
    found_tops   uuid[];
    found_ids    uuid[];
    found_states rowhouse.task_state[];
    found_wishes boolean[];
begin
    while cardinality(parents) > 0 loop
        next_tops := '{}';
        next_parents := '{}';
        for b in 0..buckets - 1 loop
            select array_agg(known.top), array_agg(child.id), array_agg(child.state), array_agg(child.cancel_requested)
            into found_tops, found_ids, found_states, found_wishes
            from unnest(tops, parents) as known (top, parent)
            cross join lateral (
                select t.id, t.state, t.cancel_requested
                from rowhouse.task as t
                where t.bucket = b::smallint and t.parent = known.parent
                offset 0
            ) as child;
            next_tops := next_tops || found_tops;
            next_parents := next_parents || found_ids;
            return query select * from unnest(found_tops, found_ids, found_states, found_wishes);
        end loop;
        tops := next_tops;
        parents := next_parents;
        total := total + cardinality(parents);
        if total > 1000000 then
            perform rowhouse.refuse('RH001', 'More than 1000000 descendants are too many for one call.',
                'Call for the children first, in parts: rowhouse.select_tasks finds them.');
        end if;
    end loop;
end $$;
comment on function rowhouse.descendants(uuid[]) is
    'The children of tasks, their children and so on, in every bucket, each with the task asked about; at most 1,000,000.';

create function rowhouse.signal_ready(queues text[]) returns void
    language plpgsql as $$
begin
    perform pg_notify('rowhouse', 'ready ' || queue)
    from (select distinct queue from unnest(queues) as queue where queue is not null) as ready;
end $$;
comment on function rowhouse.signal_ready(text[]) is 'Tells nodes that these queues have ready tasks: one signal each.';

create function rowhouse.find_function(component text, function text, version text)
    returns table (known_version text, known_timeout interval, known_need jsonb)
    language plpgsql stable as $$
begin
    -- Tasks and images meet in these two tables, which images owns; a later migration makes them.
    return query
        select c.version, f.timeout, f.need
        from rowhouse.component as c
        join rowhouse.component_function as f on f.component = c.name and f.version = c.version
        where c.name = find_function.component and f.function = find_function.function
            and case when find_function.version is null then c.current else c.version = find_function.version end;
end $$;
comment on function rowhouse.find_function(text, text, text) is
    'The version (the current one if none is given) of a component that has this function, and the function''s time-out and need; no row if there is none.';

create function rowhouse.known_version(component text, function text, version text) returns text
    language plpgsql stable as $$
declare
    known text;
begin
    select f.known_version into known
    from rowhouse.find_function(known_version.component, known_version.function, known_version.version) as f;
    if known is null then
        perform rowhouse.refuse('RH002',
            format('There is no function %s in component %s%s.', rowhouse.shown(function), rowhouse.shown(component),
                case when version is null then '' else ', version ' || rowhouse.shown(version) end),
            'Deploy the component first, or check the names: `rowhouse status` lists what is deployed.');
    end if;
    return known;
end $$;
comment on function rowhouse.known_version(text, text, text) is
    'The version that a new task of this function gets; an unknown function is refused.';

-- Start ---------------------------------------------------------------------------------------------------------------

create function rowhouse.bucket_for(queue text, id uuid, deduplication text) returns smallint
    language plpgsql as $$
declare
    buckets integer := rowhouse.setting_value('buckets')::integer;
    home    smallint;
begin
    select q.bucket into home from rowhouse.queue as q where q.name = bucket_for.queue;
    if not found then
        perform rowhouse.refuse('RH002', format('There is no queue %s.', rowhouse.shown(queue)),
            'Declare it with rowhouse.set_queue, or leave the queue out.');
    end if;
    if home is null and deduplication is not null then
        home := rowhouse.home_of(deduplication);
    end if;
    if id is null then
        return coalesce(home, floor(random() * buckets)::smallint);
    end if;
    if substr(id::text, 15, 1) <> '7' or rowhouse.bucket_of(id) >= buckets
        or rowhouse.bucket_of(id) <> coalesce(home, rowhouse.bucket_of(id)) then
        perform rowhouse.refuse('RH001',
            format('%s is not an id for a task in queue %s.', id, rowhouse.shown(queue)),
            format('Leave the id out, or make one with rowhouse.new_id(%s).', coalesce(home, 0)));
    end if;
    return rowhouse.bucket_of(id);
end $$;
comment on function rowhouse.bucket_for(text, uuid, text) is
    'The bucket of a new task: its queue''s, else its id''s, else its key''s, else any.';

create function rowhouse.check_start(
    input jsonb, priority integer, delay interval, timeout interval, queue text, deduplication text, partition text)
    returns void
    language plpgsql as $$
begin
    if octet_length(input::text) > 1048576 then
        perform rowhouse.refuse('RH001', format('An input of %s bytes is too large.', octet_length(input::text)),
            'Keep inputs to 1 MiB; put larger things into a table or file and pass where they are.');
    end if;
    if priority is null or priority not between -1000 and 1000 then
        perform rowhouse.refuse('RH001', format('A priority must be -1000 to 1000, but is %s.', coalesce(priority::text, 'null')),
            'Higher goes first; 0 is usual.');
    end if;
    perform rowhouse.check_between('delay', delay, interval '0', interval '3650 days');
    perform rowhouse.check_between('time-out', timeout, interval '1 millisecond', interval '3650 days');
    if queue = 'direct' and (deduplication is not null or partition is not null) then
        perform rowhouse.refuse('RH001', 'A deduplication or partition key needs a queue.', 'Name one: queue => ''...''.');
    end if;
    if length(deduplication) not between 1 and 256 or length(partition) not between 1 and 256 then
        perform rowhouse.refuse('RH001', 'A deduplication or partition key must have 1 to 256 characters.', 'Shorten the key.');
    end if;
end $$;
comment on function rowhouse.check_start(jsonb, integer, interval, interval, text, text, text) is
    'Refuses options of a start that are out of bounds: the same as org.rowhouse.api.StartOptions.';

create function rowhouse.start_task(
    component     text,
    function      text,
    input         jsonb    default 'null',
    queue         text     default 'direct',
    priority      integer  default 0,
    delay         interval default null,
    timeout       interval default null,
    deduplication text     default null,
    partition     text     default null,
    version       text     default null,
    id            uuid     default null,
    need          jsonb    default null)
    returns uuid
    language plpgsql as $$
#variable_conflict use_column
declare
    b       smallint;
    class   integer;
    image   record;
    fresh   uuid;
    known   uuid;
    payload jsonb := coalesce(start_task.input, 'null');
begin
    perform rowhouse.check_start(payload, start_task.priority, start_task.delay, start_task.timeout,
        start_task.queue, start_task.deduplication, start_task.partition);
    b := rowhouse.bucket_for(start_task.queue, start_task.id, start_task.deduplication);
    perform rowhouse.known_version(start_task.component, start_task.function, start_task.version);
    select * into image from rowhouse.find_function(start_task.component, start_task.function, start_task.version);
    class := rowhouse.need_of(coalesce(start_task.need, image.known_need));
    -- Thrice: the known task with this key may end between the two statements.
    for round in 1..3 loop
        with recorded as (
            insert into rowhouse.task (
                bucket, id, state, priority, placed, need, wake_at, deadline, root,
                component, version, function, queue, partition, deduplication, started_by, input)
            select
                b, made.id,
                case when start_task.delay > interval '0' then 'waiting' else 'ready' end::rowhouse.task_state,
                start_task.priority, case when class is null then 0 else -1 end, class,
                case when start_task.delay > interval '0' then now() + start_task.delay end,
                now() + coalesce(start_task.timeout, image.known_timeout),
                made.id, start_task.component, image.known_version, start_task.function, start_task.queue,
                start_task.partition, start_task.deduplication, rowhouse.who(), payload
            from (select coalesce(start_task.id, rowhouse.new_id(b)) as id) as made
            on conflict do nothing
            returning id, state, attempt
        ), noted as (
            insert into rowhouse.task_event (bucket, task, number, attempt, state, cause, detail)
            select b, id, 0, attempt, state, 'start', jsonb_build_object('by', rowhouse.who()) from recorded
        )
        select id into fresh from recorded;
        if fresh is not null then
            perform rowhouse.signal_ready(array[start_task.queue]);
            return fresh;
        end if;
        select t.id into known from rowhouse.task as t where t.bucket = b and t.id = start_task.id;
        if known is null then
            select t.id into known
            from rowhouse.task as t
            where t.bucket = b and t.queue = start_task.queue and t.deduplication = start_task.deduplication
                and t.state in ('ready', 'running', 'waiting');
        end if;
        if known is not null then
            return known;
        end if;
    end loop;
    perform rowhouse.refuse('RH003',
        format('The deduplication key %s is changing hands.', rowhouse.shown(start_task.deduplication)), 'Try again.');
end $$;
comment on function rowhouse.start_task(text, text, jsonb, text, integer, interval, interval, text, text, text, uuid, jsonb) is
    'Starts a task and gives its id; that of the known task if the id or the deduplication key is taken.';

-- Cancel, resume, retry -----------------------------------------------------------------------------------------------

create function rowhouse.cancel_tasks(ids uuid[], children boolean default true)
    returns table (id uuid, outcome text)
    language plpgsql as $$
#variable_conflict use_column
declare
    asked      uuid[] := rowhouse.checked_ids(cancel_tasks.ids);
    family     uuid[] := asked;
    b          smallint;
    bucket_ids uuid[];
    moment     constant timestamptz := now();
    reason     constant jsonb := jsonb_build_object('code', 203, 'message', 'Cancelled by ' || rowhouse.who() || '.');
begin
    if cancel_tasks.children then
        family := array(
            select distinct member
            from unnest(asked || array(select d.id from rowhouse.descendants(asked) as d)) as member);
    end if;
    while cardinality(family) > 0 loop
        for b, bucket_ids in select * from rowhouse.by_bucket(family) loop
            perform rowhouse.lock_tasks(b, bucket_ids);
            return query
                with stopped as (
                    update rowhouse.task as t
                    set state = case t.state when 'running' then t.state else 'cancelled' end,
                        cancel_requested = t.state = 'running',
                        ended_at = case t.state when 'running' then t.ended_at else moment end,
                        wake_at = case t.state when 'running' then t.wake_at end,
                        waiting_step = case t.state when 'running' then t.waiting_step end,
                        waiting_position = case t.state when 'running' then t.waiting_position end,
                        error = case t.state when 'running' then t.error else reason end,
                        event_count = t.event_count + 1
                    where t.bucket = b and t.id = any (bucket_ids)
                        and (t.state in ('ready', 'waiting') or t.state = 'running' and not t.cancel_requested)
                    returning t.id, t.state, t.attempt, t.event_count - 1 as number
                ), noted as (
                    insert into rowhouse.task_event (bucket, task, number, attempt, state, cause, detail)
                    select b, id, number, attempt, state, 'cancel',
                        jsonb_build_object('by', rowhouse.who(), 'children', cancel_tasks.children)
                    from stopped
                )
                select each.id,
                    case
                        when stopped.id is not null then 'done'
                        when t.id is null then 'there is no task with this id'
                        when t.state = 'running' then 'it was asked to end before and does so at its next step'
                        else 'it has ended already: ' || t.state
                    end
                from unnest(bucket_ids) as each (id)
                left join stopped on stopped.id = each.id
                left join rowhouse.task as t on t.bucket = b and t.id = each.id
                left join unnest(asked) as wanted (id) on wanted.id = each.id
                where stopped.id is not null or wanted.id is not null
                order by each.id;
        end loop;
        -- What a workflow had started when it was locked, but not yet when it was looked at.
        family := array(
            select distinct d.id
            from rowhouse.descendants(case when cancel_tasks.children then asked else '{}' end) as d
            where d.state in ('ready', 'waiting') or d.state = 'running' and not d.cancel_requested);
    end loop;
    perform pg_notify('rowhouse', 'cancel');
    perform pg_notify('rowhouse', 'ended');
end $$;
comment on function rowhouse.cancel_tasks(uuid[], boolean) is
    'Ends tasks, and all that they started unless children is false. Running ones are asked to and end at their next step.';

create function rowhouse.cancel_orphans(most integer) returns integer
    language plpgsql as $$
declare
    ended   uuid[];
    events  integer[];
    parents uuid[];
    looked  integer := 0;
begin
    for b in 0..rowhouse.setting_value('buckets')::integer - 1 loop
        select array_agg(flagged.id), array_agg(flagged.event_count), array_agg(flagged.id) filter (where (
            select (e.detail ->> 'children')::boolean
            from rowhouse.task_event as e
            where e.bucket = b::smallint and e.task = flagged.id and e.cause = 'cancel' and e.detail ->> 'children' is not null
            order by e.number desc
            limit 1))
        into ended, events, parents
        from (
            select t.id, t.event_count
            from rowhouse.task as t
            where t.bucket = b::smallint and t.cancel_requested and t.state <> 'running'
            order by t.id
            limit most
        ) as flagged;
        perform rowhouse.cancel_tasks(array(
            select distinct d.top
            from rowhouse.descendants(coalesce(parents, '{}')) as d
            where d.state in ('ready', 'waiting') or d.state = 'running' and not d.cancel_requested));
        -- Where nothing has happened since: a task that was resumed and cancelled again is looked at again.
        update rowhouse.task as t
        set cancel_requested = false
        from unnest(ended, events) as seen (id, event_count)
        where t.bucket = b::smallint and t.id = seen.id and t.event_count = seen.event_count and t.state <> 'running';
        looked := looked + coalesce(cardinality(ended), 0);
    end loop;
    return looked;
end $$;
comment on function rowhouse.cancel_orphans(integer) is
    'Cancels what tasks that were cancelled with their children started after that. Nodes call it when such a task has ended.';

create function rowhouse.deduplication_taken(bucket smallint, ids uuid[], queue text default null)
    returns table (id uuid, taken_by uuid)
    language plpgsql stable as $$
#variable_conflict use_column
declare
    -- Restarted tasks have ended; moved ones need their key only if they have not.
    states rowhouse.task_state[] := case
        when deduplication_taken.queue is null then '{failed,cancelled,parked}'
        else '{ready,waiting}'
    end;
begin
    return query
        select t.id, other.id
        from unnest(deduplication_taken.ids) as asked (id)
        cross join lateral (
            select k.id, k.state, k.queue, k.deduplication
            from rowhouse.task as k
            where k.bucket = deduplication_taken.bucket and k.id = asked.id
            offset 0
        ) as t
        cross join lateral (
            (select o.id
             from rowhouse.task as o
             where o.bucket = deduplication_taken.bucket
                 and o.queue = coalesce(deduplication_taken.queue, t.queue) and o.deduplication = t.deduplication
                 and o.state in ('ready', 'running', 'waiting') and o.id <> t.id)
            union all
            (select o.id
             from rowhouse.task as o
             where o.bucket = deduplication_taken.bucket and o.id = any (deduplication_taken.ids) and o.id > t.id
                 and o.deduplication = t.deduplication and o.state = any (states)
                 and (deduplication_taken.queue is not null or o.queue = t.queue))
            limit 1
        ) as other
        where t.deduplication is not null and t.state = any (states);
end $$;
comment on function rowhouse.deduplication_taken(smallint, uuid[], text) is
    'Of these tasks, those that cannot be unended in their queue (or the one named), since another task has their key.';

create function rowhouse.restart_tasks(ids uuid[], afresh boolean)
    returns table (id uuid, outcome text)
    language plpgsql as $$
#variable_conflict use_column
declare
    b          smallint;
    bucket_ids uuid[];
    taken_ids  uuid[];
    takers     uuid[];
    restarted  uuid[];
    queues     text[];
begin
    for b, bucket_ids in select * from rowhouse.by_bucket(restart_tasks.ids) loop
        perform rowhouse.lock_tasks(b, bucket_ids);
        select coalesce(array_agg(taken.id), '{}'), coalesce(array_agg(taken.taken_by), '{}') into taken_ids, takers
        from rowhouse.deduplication_taken(b, bucket_ids) as taken;
        with found as materialized (
            select t.id, t.state as was, t.error,
                case when t.deadline <= now() then now() + (t.deadline - t.created_at) else t.deadline end as deadline
            from rowhouse.task as t
            where t.bucket = b and t.id = any (bucket_ids) and t.state in ('failed', 'cancelled', 'parked')
                and t.id <> all (taken_ids)
        ), ready as (
            update rowhouse.task as t
            set state = 'ready', ended_at = null, wake_at = null, waiting_step = null, waiting_position = null,
                cancel_requested = false, error = null, event_count = t.event_count + 1,
                crashes = case when restart_tasks.afresh then 0 else t.crashes end,
                deadline = found.deadline
            from found
            where t.bucket = b and t.id = found.id
            returning t.id, t.attempt, t.event_count - 1 as number, found.was, found.error
        ), noted as (
            insert into rowhouse.task_event (bucket, task, number, attempt, state, cause, detail)
            select b, id, number, attempt, 'ready', 'resume', jsonb_strip_nulls(jsonb_build_object(
                'by', rowhouse.who(), 'was', was, 'afresh', restart_tasks.afresh, 'error', error))
            from ready
        )
        select coalesce(array_agg(id), '{}') into restarted from ready;
        -- What replay must not find: everything, or the last step if it is what failed (also for good, so that its
        -- tries begin anew).
        delete from rowhouse.step as s
        where s.bucket = b and s.task = any (restarted)
            and (restart_tasks.afresh
                or s.error is not null and not exists (
                    select 1
                    from rowhouse.step as later
                    where later.bucket = b and later.task = s.task and later.number > s.number));
        return query
            select each.id,
                case
                    when again.id is not null then 'done'
                    when t.id is null then 'there is no task with this id'
                    when t.state = 'succeeded' then 'it has succeeded: fork it to run it again'
                    when t.state in ('ready', 'running', 'waiting') then 'it has not ended: it is ' || t.state
                    else 'task ' || taken.taken_by || ' has its deduplication key: wait for that one or cancel it'
                end
            from unnest(bucket_ids) as each (id)
            left join unnest(restarted) as again (id) on again.id = each.id
            left join rowhouse.task as t on t.bucket = b and t.id = each.id
            left join unnest(taken_ids, takers) as taken (id, taken_by) on taken.id = each.id
            order by each.id;
        queues := array(
            select distinct t.queue from rowhouse.task as t where t.bucket = b and t.id = any (restarted));
        perform rowhouse.signal_ready(queues);
    end loop;
end $$;
comment on function rowhouse.restart_tasks(uuid[], boolean) is
    'Makes failed, cancelled and parked tasks ready again, with their steps or afresh: what resume and retry share.';

create function rowhouse.resumable_children(ids uuid[]) returns uuid[]
    language plpgsql stable as $$
#variable_conflict use_column
declare
    buckets integer := rowhouse.setting_value('buckets')::integer;
    family  uuid[]  := '{}';
    level   uuid[]  := resumable_children.ids;
    next    uuid[];
    seen    jsonb;
    home    smallint;
    part    uuid[];
begin
    -- A child is taken along if its parent recorded nothing after starting it: then no recorded step rests on its end.
    while cardinality(level) > 0 and cardinality(family) <= 1000000 loop
        next := '{}';
        seen := '{}';
        for home, part in select * from rowhouse.by_bucket(level) loop
            seen := seen || (
                select coalesce(jsonb_object_agg(last.task, last.number), '{}')
                from (
                    select s.task, max(s.number) as number
                    from rowhouse.step as s
                    where s.bucket = home and s.task = any (part) and s.done and s.error is null and s.kind <> 'children'
                    group by s.task
                ) as last);
        end loop;
        for b in 0..buckets - 1 loop
            next := next || array(
                select child.id
                from unnest(level) as known (parent)
                cross join lateral (
                    select t.id, t.state, t.parent_step
                    from rowhouse.task as t
                    where t.bucket = b::smallint and t.parent = known.parent
                    offset 0
                ) as child
                where child.state in ('failed', 'cancelled', 'parked')
                    and child.parent_step > coalesce((seen ->> known.parent::text)::integer, -1));
        end loop;
        family := family || next;
        level := next;
    end loop;
    return family;
end $$;
comment on function rowhouse.resumable_children(uuid[]) is
    'The failed, cancelled and parked descendants whose end their parents have not yet built upon.';

create function rowhouse.resume_tasks(ids uuid[], children boolean default true)
    returns table (id uuid, outcome text)
    language plpgsql as $$
#variable_conflict use_column
declare
    asked  uuid[] := rowhouse.checked_ids(resume_tasks.ids);
    family uuid[] := asked;
begin
    if resume_tasks.children then
        family := array(
            select distinct member from unnest(family || rowhouse.resumable_children(asked)) as member order by member);
    end if;
    return query select * from rowhouse.restart_tasks(family, false);
end $$;
comment on function rowhouse.resume_tasks(uuid[], boolean) is
    'Lets failed, cancelled and parked tasks go on after their last durable step, with the children they still wait for.';

create function rowhouse.forget_tasks(ids uuid[]) returns void
    language plpgsql as $$
declare
    b          smallint;
    bucket_ids uuid[];
begin
    for b, bucket_ids in select * from rowhouse.by_bucket(forget_tasks.ids) loop
        perform rowhouse.lock_tasks(b, bucket_ids);
        delete from rowhouse.step as s where s.bucket = b and s.task = any (bucket_ids);
        delete from rowhouse.task_event as e where e.bucket = b and e.task = any (bucket_ids);
        delete from rowhouse.task_log as l where l.bucket = b and l.task = any (bucket_ids);
        delete from rowhouse.task as t where t.bucket = b and t.id = any (bucket_ids);
    end loop;
end $$;
comment on function rowhouse.forget_tasks(uuid[]) is 'Deletes tasks with their steps, events and log lines.';

create function rowhouse.retry_tasks(ids uuid[])
    returns table (id uuid, outcome text)
    language plpgsql as $$
#variable_conflict use_column
declare
    asked     uuid[] := rowhouse.checked_ids(retry_tasks.ids);
    ended     uuid[] := '{}';
    inner_ids uuid[];
    busy      uuid[];
    started   uuid[];
    b         smallint;
    part      uuid[];
begin
    for b, part in select * from rowhouse.by_bucket(asked) loop
        ended := ended || array(
            select t.id
            from rowhouse.task as t
            where t.bucket = b and t.id = any (part) and t.state in ('failed', 'cancelled', 'parked'));
    end loop;
    select
        coalesce(array_agg(distinct d.id) filter (where d.id = any (ended)), '{}'),
        coalesce(array_agg(distinct d.top) filter (where d.state in ('ready', 'running', 'waiting')), '{}')
    into inner_ids, busy
    from rowhouse.descendants(ended) as d;
    return query
        select each.id, case
            when each.id = any (busy) then 'tasks that it started have not ended: cancel them first'
            else 'the task that started it begins afresh and starts it again'
        end
        from unnest(asked) as each (id)
        where each.id = any (busy) or each.id = any (inner_ids);
    asked := array(
        select each.id
        from unnest(asked) as each (id)
        where not (each.id = any (busy) or each.id = any (inner_ids)));
    for id, outcome in select * from rowhouse.restart_tasks(asked, true) loop
        return next;
        if outcome = 'done' then
            started := started || id;
        end if;
    end loop;
    perform rowhouse.forget_tasks(array(select d.id from rowhouse.descendants(started) as d));
end $$;
comment on function rowhouse.retry_tasks(uuid[]) is
    'Runs failed, cancelled and parked tasks afresh: their steps, what they started, and crashes are forgotten.';

-- Fork ----------------------------------------------------------------------------------------------------------------

create function rowhouse.check_steps_before(id uuid, from_step integer) returns void
    language plpgsql stable as $$
declare
    known integer;
    done  boolean;
begin
    select count(*), coalesce(bool_and(s.done) filter (where s.number < check_steps_before.from_step), true)
    into known, done
    from rowhouse.step as s
    where s.bucket = rowhouse.bucket_of(check_steps_before.id) and s.task = check_steps_before.id;
    if from_step is null or from_step < 0 or from_step > known then
        perform rowhouse.refuse('RH001', format('Step %s cannot be where the fork begins.', coalesce(from_step::text, 'null')),
            format('The task has recorded %s steps: give 0 to %s.', known, known));
    end if;
    if not done then
        perform rowhouse.refuse('RH003', 'A step before the place where the fork begins is not done.',
            'Fork from an earlier step, or wait.');
    end if;
end $$;
comment on function rowhouse.check_steps_before(uuid, integer) is
    'Refuses a fork from a step that the task has not recorded, or before which one is not done.';

create function rowhouse.copy_children(parent uuid, fork uuid, before_step integer) returns void
    language plpgsql as $$
declare
    buckets integer := rowhouse.setting_value('buckets')::integer;
    who     constant text := rowhouse.who();
begin
    for b in 0..buckets - 1 loop
        if exists (
            select 1
            from rowhouse.task as t
            where t.bucket = b::smallint and t.parent = copy_children.parent and t.parent_step < before_step
                and t.state in ('ready', 'running', 'waiting')) then
            perform rowhouse.refuse('RH003', 'Tasks that were started before that step have not ended.',
                'Fork from an earlier step, or wait until they have.');
        end if;
        with copied as (
            insert into rowhouse.task (
                bucket, id, state, priority, attempt, node, parent_step, parent_position, created_at, claimed_at, ended_at,
                deadline, root, parent, forked_from, component, version, function, queue, partition, started_by,
                input, output, error)
            select
                t.bucket,
                rowhouse.derived_id(b, rowhouse.epoch_ms_of(fork), fork::text, t.parent_step, t.parent_position),
                t.state, t.priority, t.attempt, t.node, t.parent_step, t.parent_position, now(), t.claimed_at, t.ended_at,
                t.deadline, fork, fork, t.id, t.component, t.version, t.function, t.queue, t.partition, who,
                t.input, t.output, t.error
            from rowhouse.task as t
            where t.bucket = b::smallint and t.parent = copy_children.parent and t.parent_step < before_step
            returning task.id, task.attempt, task.state, task.forked_from
        )
        insert into rowhouse.task_event (bucket, task, number, attempt, state, cause, detail)
        select b, copied.id, 0, copied.attempt, copied.state, 'fork',
            jsonb_build_object('by', rowhouse.who(), 'from', copied.forked_from)
        from copied;
    end loop;
end $$;
comment on function rowhouse.copy_children(uuid, uuid, integer) is
    'Gives a fork the ended children of the steps that it takes over, so that replay finds their results.';

create function rowhouse.fork_task(
    id uuid, from_step integer, version text default null, queue text default null)
    returns uuid
    language plpgsql as $$
#variable_conflict use_column
declare
    old   rowhouse.task;
    fork  uuid;
    b     smallint;
begin
    select * into old
    from rowhouse.task as t
    where t.bucket = rowhouse.bucket_of(fork_task.id) and t.id = fork_task.id
    for share;
    if not found then
        perform rowhouse.refuse('RH002', format('There is no task %s.', coalesce(fork_task.id::text, 'null')),
            'rowhouse.select_tasks() lists ids.');
    end if;
    if fork_task.version is not null then
        perform rowhouse.known_version(old.component, old.function, fork_task.version);
    end if;
    if coalesce(fork_task.queue, old.queue) <> old.queue then
        b := rowhouse.bucket_for(fork_task.queue, null, null);
    else
        b := old.bucket;
    end if;
    perform rowhouse.check_steps_before(fork_task.id, fork_task.from_step);
    fork := rowhouse.new_id(b);
    insert into rowhouse.task (
        bucket, id, state, priority, placed, need, deadline, root, forked_from,
        component, version, function, queue, partition, started_by, input)
    values (
        b, fork, 'ready', old.priority, case when old.need is null then 0 else -1 end, old.need, now() + (old.deadline - old.created_at), fork, old.id,
        old.component, coalesce(fork_task.version, old.version), old.function, coalesce(fork_task.queue, old.queue),
        old.partition, rowhouse.who(), old.input);
    insert into rowhouse.task_event (bucket, task, number, attempt, state, cause, detail)
    values (b, fork, 0, 0, 'ready', 'fork',
        jsonb_build_object('by', rowhouse.who(), 'from', old.id, 'step', fork_task.from_step));
    insert into rowhouse.step (
        bucket, task, number, attempts, done, ended_at, duration_us, wake_at, kind, name, output, error)
    select b, fork, s.number, s.attempts, s.done, s.ended_at, s.duration_us, s.wake_at, s.kind, s.name, s.output, s.error
    from rowhouse.step as s
    where s.bucket = rowhouse.bucket_of(fork_task.id) and s.task = fork_task.id and s.number < fork_task.from_step;
    perform rowhouse.copy_children(old.id, fork, fork_task.from_step);
    perform rowhouse.signal_ready(array[coalesce(fork_task.queue, old.queue)]);
    return fork;
end $$;
comment on function rowhouse.fork_task(uuid, integer, text, text) is
    'Starts a new task with the input of an old one and its steps before from_step, on its version and in its queue or on others.';

-- Change --------------------------------------------------------------------------------------------------------------

create function rowhouse.move_tasks(ids uuid[], queue text)
    returns table (id uuid, outcome text)
    language plpgsql as $$
#variable_conflict use_column
declare
    asked      uuid[] := rowhouse.checked_ids(move_tasks.ids);
    home       smallint;
    b          smallint;
    bucket_ids uuid[];
    taken_ids  uuid[];
    takers     uuid[];
begin
    select q.bucket into home from rowhouse.queue as q where q.name = move_tasks.queue;
    if not found then
        perform rowhouse.refuse('RH002', format('There is no queue %s.', rowhouse.shown(move_tasks.queue)),
            'Declare it with rowhouse.set_queue.');
    end if;
    for b, bucket_ids in select * from rowhouse.by_bucket(asked) loop
        perform rowhouse.lock_tasks(b, bucket_ids);
        select coalesce(array_agg(taken.id), '{}'), coalesce(array_agg(taken.taken_by), '{}') into taken_ids, takers
        from rowhouse.deduplication_taken(b, bucket_ids, move_tasks.queue) as taken;
        return query
            with found as materialized (
                select t.id, t.queue as was
                from rowhouse.task as t
                where t.bucket = b and t.id = any (bucket_ids) and coalesce(home, b) = b
                    and t.queue <> move_tasks.queue and t.state not in ('running', 'succeeded')
                    and t.id <> all (taken_ids)
            ), moved as (
                update rowhouse.task as t
                set queue = move_tasks.queue, event_count = t.event_count + 1
                from found
                where t.bucket = b and t.id = found.id
                returning t.id, t.state, t.attempt, t.event_count - 1 as number, found.was
            ), noted as (
                insert into rowhouse.task_event (bucket, task, number, attempt, state, cause, detail)
                select b, id, number, attempt, state, 'change',
                    jsonb_build_object('by', rowhouse.who(), 'queue', move_tasks.queue, 'was', was)
                from moved
            )
            select each.id,
                case
                    when moved.id is not null or t.queue = move_tasks.queue then 'done'
                    when t.id is null then 'there is no task with this id'
                    when t.state in ('running', 'succeeded') then 'it is ' || t.state || ': only tasks that wait or may run again can move'
                    when coalesce(home, b) <> b then format(
                        'queue %s lives in another bucket: start it there with rowhouse.fork_task(''%s'', 0, queue => ''%s'')'
                        ' (rowhouse fork %s --from-step 0 --queue %s) and cancel this one',
                        move_tasks.queue, each.id, move_tasks.queue, each.id, move_tasks.queue)
                    else 'task ' || taken.taken_by || ' has its deduplication key in that queue'
                end
            from unnest(bucket_ids) as each (id)
            left join moved on moved.id = each.id
            left join rowhouse.task as t on t.bucket = b and t.id = each.id
            left join unnest(taken_ids, takers) as taken (id, taken_by) on taken.id = each.id
            order by each.id;
    end loop;
    perform rowhouse.signal_ready(array[move_tasks.queue]);
end $$;
comment on function rowhouse.move_tasks(uuid[], text) is
    'Puts tasks that are not running into another queue of their bucket.';

create function rowhouse.prioritise_tasks(ids uuid[], priority integer)
    returns table (id uuid, outcome text)
    language plpgsql as $$
#variable_conflict use_column
declare
    asked      uuid[] := rowhouse.checked_ids(prioritise_tasks.ids);
    b          smallint;
    bucket_ids uuid[];
begin
    perform rowhouse.check_start('null', prioritise_tasks.priority, null, null, null, null, null);
    for b, bucket_ids in select * from rowhouse.by_bucket(asked) loop
        perform rowhouse.lock_tasks(b, bucket_ids);
        return query
            with found as materialized (
                select t.id, t.priority as was
                from rowhouse.task as t
                where t.bucket = b and t.id = any (bucket_ids)
                    and t.priority <> prioritise_tasks.priority and t.state <> 'succeeded'
            ), changed as (
                update rowhouse.task as t
                set priority = prioritise_tasks.priority, event_count = t.event_count + 1
                from found
                where t.bucket = b and t.id = found.id
                returning t.id, t.state, t.attempt, t.event_count - 1 as number, found.was
            ), noted as (
                insert into rowhouse.task_event (bucket, task, number, attempt, state, cause, detail)
                select b, id, number, attempt, state, 'change',
                    jsonb_build_object('by', rowhouse.who(), 'priority', prioritise_tasks.priority, 'was', was)
                from changed
            )
            select each.id,
                case
                    when t.id is null then 'there is no task with this id'
                    when t.state = 'succeeded' then 'it has ended already: succeeded'
                    else 'done'
                end
            from unnest(bucket_ids) as each (id)
            left join rowhouse.task as t on t.bucket = b and t.id = each.id
            order by each.id;
    end loop;
end $$;
comment on function rowhouse.prioritise_tasks(uuid[], integer) is
    'Changes the priority of tasks; it counts when they are next claimed.';

create function rowhouse.move_to_version(ids uuid[], version text)
    returns table (id uuid, outcome text)
    language plpgsql as $$
#variable_conflict use_column
declare
    asked      uuid[] := rowhouse.checked_ids(move_to_version.ids);
    b          smallint;
    bucket_ids uuid[];
begin
    if move_to_version.version is null then
        perform rowhouse.refuse('RH001', 'A version is missing.', 'Name the version that the tasks shall go on with.');
    end if;
    for b, bucket_ids in select * from rowhouse.by_bucket(asked) loop
        perform rowhouse.lock_tasks(b, bucket_ids);
        return query
            with wanted as materialized (
                select distinct t.component, t.function
                from rowhouse.task as t
                where t.bucket = b and t.id = any (bucket_ids)
            ), able as materialized (
                select wanted.component, wanted.function
                from wanted
                where exists (
                    select 1 from rowhouse.find_function(wanted.component, wanted.function, move_to_version.version))
            ), found as materialized (
                select t.id, t.version as was
                from rowhouse.task as t
                join able on able.component = t.component and able.function = t.function
                where t.bucket = b and t.id = any (bucket_ids)
                    and t.version <> move_to_version.version and t.state not in ('running', 'succeeded')
            ), changed as (
                update rowhouse.task as t
                set version = move_to_version.version, event_count = t.event_count + 1
                from found
                where t.bucket = b and t.id = found.id
                returning t.id, t.state, t.attempt, t.event_count - 1 as number, found.was
            ), noted as (
                insert into rowhouse.task_event (bucket, task, number, attempt, state, cause, detail)
                select b, id, number, attempt, state, 'change',
                    jsonb_build_object('by', rowhouse.who(), 'version', move_to_version.version, 'was', was)
                from changed
            )
            select each.id,
                case
                    when t.id is null then 'there is no task with this id'
                    when t.version = move_to_version.version then 'done'
                    when t.state in ('running', 'succeeded') then 'it is ' || t.state || ': only tasks that wait or may run again can move'
                    when able.component is null then format('component %s has no version %s with function %s',
                        t.component, rowhouse.shown(move_to_version.version), t.function)
                    else 'done'
                end
            from unnest(bucket_ids) as each (id)
            left join rowhouse.task as t on t.bucket = b and t.id = each.id
            left join able on able.component = t.component and able.function = t.function
            order by each.id;
    end loop;
end $$;
comment on function rowhouse.move_to_version(uuid[], text) is
    'Lets tasks that are not running go on with another version of their component.';

-- Select --------------------------------------------------------------------------------------------------------------

create function rowhouse.select_tasks(
    state text[] default null, queue text default null, component text default null, function text default null,
    before timestamptz default null, after timestamptz default null, most integer default 10000)
    returns setof uuid
    language plpgsql stable
    set plan_cache_mode = force_custom_plan
    as $$
#variable_conflict use_column
declare
    buckets integer := rowhouse.setting_value('buckets')::integer;
    room    integer := select_tasks.most;
    states  rowhouse.task_state[];
    part    uuid[];
begin
    if room is null or room not between 1 and 10000 then
        perform rowhouse.refuse('RH001', format('The number of tasks must be 1 to 10000, but is %s.', coalesce(room::text, 'null')),
            'Select a part, act on it, and select again.');
    end if;
    begin
        states := select_tasks.state::rowhouse.task_state[];
    exception when invalid_text_representation then
        perform rowhouse.refuse('RH001', format('%s is not a list of states.', rowhouse.shown(select_tasks.state::text)),
            'States: ' || array_to_string(enum_range(null::rowhouse.task_state), ', ') || '.');
    end;
    for b in 0..buckets - 1 loop
        part := array(
            select t.id
            from rowhouse.task as t
            where t.bucket = b::smallint
                and (states is null or t.state = any (states))
                and (select_tasks.queue is null or t.queue = select_tasks.queue)
                and (select_tasks.component is null or t.component = select_tasks.component)
                and (select_tasks.function is null or t.function = select_tasks.function)
                and (select_tasks.before is null or t.created_at < select_tasks.before)
                and (select_tasks.after is null or t.created_at >= select_tasks.after)
            order by t.id
            limit room);
        return query select unnest(part);
        room := room - cardinality(part);
        exit when room = 0;
    end loop;
end $$;
comment on function rowhouse.select_tasks(text[], text, text, text, timestamptz, timestamptz, integer) is
    'The filter for operations on many tasks: oldest first within each bucket; before and after compare created_at.';
