-- What people look for and look at: pages towards newer tasks, counts by state, the search for a text, one task on its time
-- axis. As in 0190-listings.sql each bucket is asked by a statement of its own. Reads only, and never a whole table.

create function rowhouse.looked_up_to(after uuid, look integer) returns uuid
    language plpgsql stable as $$
declare
    highest uuid := 'ffffffff-ffff-ffff-ffff-ffffffffffff';
    part    uuid;
begin
    for b in 0..rowhouse.buckets_used() - 1 loop
        select t.id into part
        from rowhouse.task as t
        where t.bucket = b::smallint and t.id > looked_up_to.after
        order by t.id
        offset look
        limit 1;
        highest := least(highest, part);
    end loop;
    return highest;
end $$;
comment on function rowhouse.looked_up_to(uuid, integer) is
    'The id up to which a listing looks that looks at so many newer tasks of each bucket; the highest of all ids if that is all of them.';

create function rowhouse.tasks_after(
    after uuid, highest uuid, states text[], queue text, component text, function text, roots boolean, most integer)
    returns setof rowhouse.task
    language plpgsql stable
    set plan_cache_mode = force_custom_plan
    as $$
declare
    wanted constant rowhouse.task_state[] := tasks_after.states::rowhouse.task_state[];
begin
    for b in 0..rowhouse.buckets_used() - 1 loop
        return query
            select t.*
            from rowhouse.task as t
            where t.bucket = b::smallint and t.id > tasks_after.after and t.id <= tasks_after.highest
                and (wanted is null or t.state = any (wanted))
                and (tasks_after.queue is null or t.queue = tasks_after.queue)
                and (tasks_after.component is null or t.component = tasks_after.component)
                and (tasks_after.function is null or t.function = tasks_after.function)
                and (not tasks_after.roots or t.parent is null)
            order by t.id
            limit most;
    end loop;
end $$;
comment on function rowhouse.tasks_after(uuid, uuid, text[], text, text, text, boolean, integer) is
    'The tasks next newer than an id that fit a filter, so many of each bucket; null for any state, queue, component or function.';

-- Counts --------------------------------------------------------------------------------------------------------------

create function rowhouse.count_in_state(
    state rowhouse.task_state, queue text, component text, function text, roots boolean, most integer)
    returns jsonb
    language plpgsql stable
    set plan_cache_mode = force_custom_plan
    as $$
declare
    -- The index of waiting tasks does not know their queues: there the queue is looked at as the rest is.
    indexed constant text := case when count_in_state.state = 'waiting' then null else count_in_state.queue end;
    seen    integer := 0;
    total   integer := 0;
    part    integer;
    fitting integer;
begin
    for b in 0..rowhouse.buckets_used() - 1 loop
        select count(*), count(*) filter (where looked.fits) into part, fitting
        from (
            select (count_in_state.queue is null or t.queue = count_in_state.queue)
                and (count_in_state.component is null or t.component = count_in_state.component)
                and (count_in_state.function is null or t.function = count_in_state.function)
                and (not count_in_state.roots or t.parent is null) as fits
            from rowhouse.task as t
            where t.bucket = b::smallint and t.state = count_in_state.state and (indexed is null or t.queue = indexed)
            limit most - seen
        ) as looked;
        seen := seen + part;
        total := total + fitting;
        exit when seen >= most;
    end loop;
    return jsonb_build_object('tasks', total, 'more', seen >= most);
end $$;
comment on function rowhouse.count_in_state(rowhouse.task_state, text, text, text, boolean, integer) is
    'How many unended tasks in a state fit a filter, among so many looked at; more: not all of them were.';

create function rowhouse.count_by_state(queue text, component text, function text, roots boolean, most integer) returns jsonb
    language plpgsql stable
    set plan_cache_mode = force_custom_plan
    as $$
declare
    counts jsonb := '{}';
    each   rowhouse.task_state;
    part   jsonb;
    wrong  jsonb := '{"failed": 0, "cancelled": 0, "parked": 0}';
    seen   integer := 0;
begin
    foreach each in array array['ready', 'running', 'waiting']::rowhouse.task_state[] loop
        counts := counts || jsonb_build_object(each, rowhouse.count_in_state(
            each, count_by_state.queue, count_by_state.component, count_by_state.function, count_by_state.roots, most));
    end loop;
    for b in 0..rowhouse.buckets_used() - 1 loop
        select coalesce(sum(found.looked), 0) + seen,
            wrong || coalesce(jsonb_object_agg(found.state, found.fitting + (wrong ->> found.state::text)::bigint), '{}')
        into seen, wrong
        from (
            select latest.state, count(*) as looked, count(*) filter (where latest.fits) as fitting
            from (
                select t.state,
                    (count_by_state.queue is null or t.queue = count_by_state.queue)
                        and (count_by_state.component is null or t.component = count_by_state.component)
                        and (count_by_state.function is null or t.function = count_by_state.function)
                        and (not count_by_state.roots or t.parent is null) as fits
                from rowhouse.task as t
                where t.bucket = b::smallint and t.state in ('failed', 'parked', 'cancelled')
                order by t.id desc
                limit most
            ) as latest
            group by latest.state
        ) as found;
        -- One bucket that has more makes the count a part of it.
        exit when seen >= most;
    end loop;
    for each, part in select * from jsonb_each(wrong) loop
        counts := counts || jsonb_build_object(each, jsonb_build_object('tasks', part, 'more', seen >= most));
    end loop;
    return counts;
end $$;
comment on function rowhouse.count_by_state(text, text, text, boolean, integer) is
    'How many tasks that fit a filter are in each state but succeeded, among so many looked at; null for any queue, component or function.';

-- Search --------------------------------------------------------------------------------------------------------------

create function rowhouse.parted(told text) returns text
    language plpgsql immutable as $$
begin
    return translate(replace(replace(told, '\n', ' '), '\t', ' '), './_:@', '     ');
end $$;
comment on function rowhouse.parted(text) is
    'A text in which names with dots and slashes are words of their own, and line ends and tabs, as JSON writes them, are none.';

create function rowhouse.search_slab(
    b integer, before uuid, lowest uuid, text text, states rowhouse.task_state[], queue text, component text, function text,
    roots boolean, chars integer, until timestamptz, out seen integer, out late boolean, out hits uuid[])
    language plpgsql stable
    set plan_cache_mode = force_custom_plan
    set client_min_messages = error
    as $$
declare
    words   constant tsquery := websearch_to_tsquery('simple', rowhouse.parted(search_slab.text));
    literal constant text := lower(search_slab.text);
    -- What is found must hold the longest word of one side of an "or"; or, without one, all words that are not excluded. To see
    -- that is quick, to part a text into words is not.
    sides   constant text[] := regexp_split_to_array(
        regexp_replace(rowhouse.parted(literal), '(^|[\s!&|()])-("[^"]*"?|\S+)', ' ', 'g'), '\mor\M');
    needed  constant text[] := case when cardinality(sides) = 1 then array(
        select '%' || word || '%' from regexp_split_to_table(sides[1], '[^[:alnum:]]+') as word where word <> '') else '{}' end;
    either  constant text[] := array(
        select '%' || coalesce((
            select word from regexp_split_to_table(side, '[^[:alnum:]]+') as word order by length(word) desc limit 1), '') || '%'
        from unnest(sides) as side);
begin
    select count(*), coalesce(bool_or(told.late), false), coalesce(array_agg(told.id) filter (
        where strpos(told.text, literal) > 0
            -- Signs alone are no words, and no text has them.
            or numnode(words) > 0 and told.text like all (needed) and told.text like any (either)
                and to_tsvector('simple', rowhouse.parted(told.text)) @@ words), '{}')
    into search_slab.seen, search_slab.late, search_slab.hits
    from (
        -- Values are read only of tasks that fit: to read a large one takes milliseconds.
        select looked.id, looked.late, case when looked.fits and not looked.late then lower(concat_ws(' ',
            looked.id, looked.parent, nullif(looked.root, looked.id), looked.component || '/' || looked.function, looked.queue, looked.partition,
            looked.deduplication, left(looked.input::text, search_slab.chars), left(looked.output::text, search_slab.chars),
            left(looked.error::text, search_slab.chars))) end as text
        from (
            select t.id, t.parent, t.root, t.component, t.function, t.queue, t.partition, t.deduplication,
                t.input, t.output, t.error, clock_timestamp() > search_slab.until as late,
                (search_slab.states is null or t.state = any (search_slab.states))
                    and (search_slab.queue is null or t.queue = search_slab.queue)
                    and (search_slab.component is null or t.component = search_slab.component)
                    and (search_slab.function is null or t.function = search_slab.function)
                    and (not search_slab.roots or t.parent is null) as fits
            from rowhouse.task as t
            where t.bucket = search_slab.b::smallint and t.id < search_slab.before and t.id >= search_slab.lowest
            offset 0
        ) as looked
        offset 0
    ) as told;
end $$;
comment on function rowhouse.search_slab(
    integer, uuid, uuid, text, rowhouse.task_state[], text, text, text, boolean, integer, timestamptz) is
    'The tasks of a bucket and a range of ids that fit a filter and a text; late: the time was over before all were looked at.';

create function rowhouse.found_tasks(ids uuid[], text text, chars integer) returns jsonb
    language plpgsql stable
    set client_min_messages = error
    as $$
declare
    literal constant text := lower(found_tasks.text);
    words   constant text[] := array(
        select word from regexp_split_to_table(literal, '[^[:alnum:]]+') as word where word not in ('', 'or'));
    listed  jsonb := '[]';
    home    smallint;
    part    uuid[];
begin
    for home, part in select * from rowhouse.by_bucket(found_tasks.ids) loop
        listed := listed || (
            select coalesce(jsonb_agg(to_jsonb(hit)), '[]')
            from (
                select t.id, t.state, t.component, t.version, t.function, t.queue, t.priority, t.attempt, t.crashes, t.node,
                    t.parent, t.root, t.partition, t.deduplication, t.started_by, t.cancel_requested, t.created_at,
                    t.claimed_at, t.ended_at, t.wake_at, t.deadline, left(t.error ->> 'message', 2000) as error,
                    place.field, place.excerpt
                from rowhouse.task as t
                left join lateral (
                    select told.field, substr(told.text, greatest(met.at - 60, 1), 240) as excerpt
                    from (
                        values
                            (1, 'error', left(t.error::text, found_tasks.chars)),
                            (2, 'output', left(t.output::text, found_tasks.chars)),
                            (3, 'input', left(t.input::text, found_tasks.chars)),
                            (4, 'key', concat_ws(' ', t.deduplication, t.partition))
                    ) as told (position, field, text)
                    cross join lateral (
                        select coalesce(
                            nullif(strpos(lower(told.text), literal), 0),
                            (select min(nullif(strpos(lower(told.text), word), 0)) from unnest(words) as word)) as at,
                            strpos(lower(told.text), literal) > 0 as whole
                    ) as met
                    where met.at > 0
                    order by met.whole desc, told.position
                    limit 1
                ) as place on true
                where t.bucket = home and t.id = any (part)
            ) as hit);
    end loop;
    return (select coalesce(jsonb_agg(each order by each ->> 'id' desc), '[]') from jsonb_array_elements(listed) as each);
end $$;
comment on function rowhouse.found_tasks(uuid[], text, integer) is
    'Tasks as listings show them, newest first, each with the field that a text stands in and an excerpt of it.';

create function rowhouse.search_tasks(
    text text, before uuid, states text[], queue text, component text, function text, roots boolean,
    most integer, look integer, chars integer, budget interval)
    returns jsonb
    language plpgsql stable as $$
declare
    none    constant uuid := '00000000-0000-0000-0000-000000000000';
    buckets constant integer := rowhouse.buckets_used();
    wanted  constant rowhouse.task_state[] := search_tasks.states::rowhouse.task_state[];
    until   constant timestamptz := clock_timestamp() + search_tasks.budget;
    -- The first slab is small enough for values of 1 MiB, and always looked at to its end, so that there is progress.
    slab    integer := greatest(50 / buckets, 1);
    place   uuid := search_tasks.before;
    lowest  uuid;
    hits    uuid[] := '{}';
    fresh   uuid[];
    part    record;
    looked  integer := 0;
    seen    integer;
    late    boolean;
    began   timestamptz;
begin
    loop
        began := clock_timestamp();
        lowest := rowhouse.looked_down_to(place, slab);
        fresh := '{}';
        seen := 0;
        late := false;
        for b in 0..buckets - 1 loop
            select * into part
            from rowhouse.search_slab(
                b, place, lowest, search_tasks.text, wanted, search_tasks.queue, search_tasks.component,
                search_tasks.function, search_tasks.roots, search_tasks.chars,
                case when looked = 0 then 'infinity' else until end);
            fresh := fresh || part.hits;
            seen := seen + part.seen;
            late := late or part.late;
            exit when late;
        end loop;
        -- A slab that the time cut off counts as not looked at.
        exit when late;
        hits := hits || fresh;
        looked := looked + seen;
        place := lowest;
        exit when place = none or cardinality(hits) >= search_tasks.most or looked >= search_tasks.look
            or clock_timestamp() >= until;
        -- Each slab shall take about a tenth of the time.
        slab := greatest(least(
            slab * least(extract(epoch from budget) / 10 / greatest(extract(epoch from clock_timestamp() - began), 0.001), 8)::float8,
            (search_tasks.look - looked) / buckets + 1), 1)::integer;
    end loop;
    hits := array(select id from unnest(hits) as id order by id desc limit search_tasks.most);
    if cardinality(hits) = search_tasks.most then
        place := hits[search_tasks.most];
    end if;
    return jsonb_build_object(
        'tasks', rowhouse.found_tasks(hits, search_tasks.text, search_tasks.chars),
        'looked', looked,
        'chars', search_tasks.chars,
        'back_to', case when place <> none then to_timestamp(rowhouse.epoch_ms_of(place) / 1000.0) end,
        'next', nullif(place, none));
end $$;
comment on function rowhouse.search_tasks(
    text, uuid, text[], text, text, text, boolean, integer, integer, integer, interval) is
    'The newest tasks older than an id that fit a filter and a text, how many were looked at, and where to go on: it ends after so many found or looked at, or after the time.';

-- One task on its time axis -------------------------------------------------------------------------------------------

create function rowhouse.time_line_steps(id uuid, after integer, most integer) returns jsonb
    language plpgsql stable as $$
declare
    steps jsonb;
begin
    select coalesce(jsonb_agg(jsonb_strip_nulls(to_jsonb(step)) order by step.number), '[]') into steps
    from (
        select s.number, s.kind, s.name, s.attempts, s.done, s.ended_at, s.duration_us, s.wake_at,
            left(coalesce(s.error ->> 'message', s.error ->> 'type'), 300) as error,
            case when s.kind = 'children' then s.output end as children
        from rowhouse.step as s
        where s.bucket = rowhouse.bucket_of(time_line_steps.id) and s.task = time_line_steps.id
            and s.number > time_line_steps.after
        order by s.number
        limit most
    ) as step;
    return steps;
end $$;
comment on function rowhouse.time_line_steps(uuid, integer, integer) is
    'Steps of a task after a number, without their outputs, so many at most.';

create function rowhouse.time_line_parts(
    steps jsonb, b integer, since integer, until integer, look integer, out firsts integer[], out lasts integer[], out looks integer)
    language plpgsql immutable as $$
begin
    with known as materialized (
        select (one ->> 'number')::integer as number, (one #>> '{children,count}')::bigint as tasks,
            coalesce((one #>> '{children,bucket}')::integer, time_line_parts.b) as home
        from jsonb_array_elements(time_line_parts.steps) as one
        where one ->> 'kind' = 'children'
    ), part as (
        select k.number as first, k.number as last from known as k where k.home = time_line_parts.b
        union all
        select lag(k.number, 1, time_line_parts.since - 1) over (order by k.number) + 1, k.number - 1 from known as k
        union all
        select coalesce(max(k.number) + 1, time_line_parts.since), time_line_parts.until from known as k
    )
    select array_agg(part.first order by part.first), array_agg(part.last order by part.first),
        -- Together they are few enough, or each has a share.
        (select case
            when sum(k.tasks) > time_line_parts.look then greatest(time_line_parts.look / count(*), 1)
            else time_line_parts.look
        end from known as k where k.home = time_line_parts.b)
    into firsts, lasts, looks
    from part
    where part.first <= part.last;
end $$;
comment on function rowhouse.time_line_parts(jsonb, integer, integer, integer, integer) is
    'Numbers of steps in parts: each step that has children in a bucket, and those between them; looks: how many tasks of each part may be looked at.';

create function rowhouse.time_line_children(
    id uuid, steps jsonb, since integer, until integer, look integer, each_step integer, most integer)
    returns jsonb
    language plpgsql stable as $$
declare
    listed jsonb := '[]';
    counts jsonb := '[]';
    cut    integer[] := '{}';
    part   jsonb;
    tally  jsonb;
    more   integer[];
    firsts integer[];
    lasts  integer[];
    looks  integer;
begin
    for b in 0..rowhouse.buckets_used() - 1 loop
        select p.firsts, p.lasts, p.looks into firsts, lasts, looks
        from rowhouse.time_line_parts(steps, b, since, until, look) as p;
        with looked as materialized (
            select part.number as part, child.*
            from unnest(firsts, lasts) with ordinality as part (first, last, number)
            cross join lateral (
                select t.id, t.state, t.parent_step, t.parent_position, t.component, t.function, t.node, t.attempt,
                    t.created_at, t.claimed_at, t.ended_at, t.wake_at, t.error
                from rowhouse.task as t
                where t.bucket = b::smallint and t.parent = time_line_children.id
                    and t.parent_step between part.first and part.last
                order by t.parent_step
                limit looks + 1
            ) as child
        ), ranked as (
            -- What went wrong comes first, then what is at work: of many children the others tell little.
            select l.*, row_number() over (
                partition by l.parent_step
                order by case when l.state in ('failed', 'parked', 'cancelled') then 0 when l.state = 'succeeded' then 2 else 1 end,
                    l.parent_position) as rank
            from looked as l
        )
        select
            (select coalesce(jsonb_agg(jsonb_strip_nulls(to_jsonb(each))), '[]')
             from (
                select r.id, r.state, r.parent_step, r.parent_position, r.component, r.function, r.node, r.attempt,
                    r.created_at, r.claimed_at, r.ended_at, r.wake_at, left(r.error ->> 'message', 300) as error, r.rank
                from ranked as r
                where r.rank <= each_step
                order by r.rank, r.parent_step
                limit most
             ) as each),
            (select coalesce(jsonb_agg(to_jsonb(each)), '[]')
             from (
                select l.parent_step, l.state, count(*) as tasks, min(l.created_at) as since, max(l.ended_at) as until
                from looked as l
                group by l.parent_step, l.state
             ) as each),
            array(select max(l.parent_step) from looked as l group by l.part having count(*) > looks)
        into part, tally, more;
        listed := listed || part;
        counts := counts || tally;
        cut := cut || more;
    end loop;
    -- Each bucket gave so many: of all together the first are kept.
    select coalesce(jsonb_agg(one - 'rank'), '[]') into listed
    from (
        select one from jsonb_array_elements(listed) as one order by (one -> 'rank')::bigint, (one -> 'parent_step')::integer limit most
    ) as kept;
    return jsonb_build_object('children', listed, 'counts_cut', array(select distinct unnest(cut)), 'counts', (
        select coalesce(jsonb_agg(to_jsonb(each) order by each.parent_step, each.state), '[]')
        from (
            select one.parent_step, one.state, sum(one.tasks) as tasks, min(one.since) as since, max(one.until) as until
            from jsonb_to_recordset(counts) as one (
                parent_step integer, state text, tasks bigint, since timestamptz, until timestamptz)
            group by one.parent_step, one.state
        ) as each));
end $$;
comment on function rowhouse.time_line_children(uuid, jsonb, integer, integer, integer, integer, integer) is
    'Tasks that some steps of a task started: how many are in which state, and of each step the first, unusual ones before others; looks at so many of each bucket, counts_cut: the steps that have more.';

create function rowhouse.time_line_events(id uuid, most integer) returns jsonb
    language plpgsql stable as $$
declare
    events jsonb;
begin
    select coalesce(jsonb_agg(jsonb_strip_nulls(to_jsonb(event)) order by event.number), '[]') into events
    from (
        select e.number, e.attempt, e.node, e.state, e.at, e.cause, e.detail - 'error' as detail,
            left(coalesce(e.detail #>> '{error,message}', e.detail ->> 'error'), 300) as error
        from rowhouse.task_event as e
        where e.bucket = rowhouse.bucket_of(time_line_events.id) and e.task = time_line_events.id
        order by e.number desc
        limit most
    ) as event;
    return events;
end $$;
comment on function rowhouse.time_line_events(uuid, integer) is 'The latest events of a task, without large errors, so many at most.';

create function rowhouse.time_line(id uuid, after integer, most integer, look integer, each_step integer) returns jsonb
    language plpgsql stable as $$
declare
    home     constant smallint := rowhouse.bucket_of(time_line.id);
    task     rowhouse.task;
    steps    jsonb;
    recorded bigint;
    events   jsonb;
    family   jsonb;
    nodes    jsonb;
    origin   jsonb;
    latest   integer;
begin
    select * into task from rowhouse.task as t where t.bucket = home and t.id = time_line.id;
    if task.id is null then
        return null;
    end if;
    steps := rowhouse.time_line_steps(time_line.id, after, most);
    if after < 0 and jsonb_array_length(steps) < most then
        recorded := jsonb_array_length(steps);
    else
        -- There may be a hundred thousand, and this is asked again and again: steps are numbered from 0, hardly ever with a gap.
        select coalesce(max(s.number) + 1, 0) into recorded
        from rowhouse.step as s
        where s.bucket = home and s.task = time_line.id;
    end if;
    events := rowhouse.time_line_events(time_line.id, most);
    -- Children of the steps that are shown; the last page has those of a step that is not recorded yet, too.
    latest := case when jsonb_array_length(steps) = most then (steps -> -1 ->> 'number')::integer else 2147483647 end;
    family := rowhouse.time_line_children(time_line.id, steps, after + 1, latest, look, each_step, most);
    select jsonb_object_agg(n.number, n.name) into nodes
    from rowhouse.node as n
    where n.number = any (array(
        select (one ->> 'node')::integer from jsonb_array_elements(events || (family -> 'children')) as one) || task.node);
    if task.parent is not null then
        select jsonb_build_object('id', t.id, 'state', t.state, 'component', t.component, 'function', t.function) into origin
        from rowhouse.task as t
        where t.bucket = rowhouse.bucket_of(task.parent) and t.id = task.parent;
    end if;
    return (rowhouse.brief(task) - 'bucket') || family || jsonb_build_object(
        'error', jsonb_build_object('code', task.error -> 'code', 'type', task.error -> 'type', 'message', left(task.error ->> 'message', 2000)), 'has_output', task.output is not null,
        'steps', steps, 'steps_recorded', recorded,
        'events', events, 'nodes', coalesce(nodes, '{}'), 'parent_task', origin,
        -- Of what has ended the same is told each time.
        'now', case
            when task.state in ('ready', 'running', 'waiting')
                -- Of those that were not looked at it is not known.
                or family -> 'counts_cut' <> '[]'
                or exists (
                    select 1 from jsonb_array_elements(family -> 'counts') as one
                    where one ->> 'state' in ('ready', 'running', 'waiting'))
            then now()
        end);
end $$;
comment on function rowhouse.time_line(uuid, integer, integer, integer, integer) is
    'A task without its large values, its steps after a number, its events, what these steps started, and the names of the nodes; null if there is none.';
