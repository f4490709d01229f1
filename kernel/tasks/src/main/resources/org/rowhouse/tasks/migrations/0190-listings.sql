-- What listings read. Each bucket is asked by a statement of its own, since distributed tables can be asked in no other way
-- for the first tasks of every bucket; and what reads several tables is put together here, since a function that reads a
-- table must not stand in a statement that is sent to another server. Reads only.

create function rowhouse.buckets_used() returns integer
    language plpgsql stable as $$
begin
    return (
        select max(s.value::integer)
        from rowhouse.setting as s
        where s.name in ('buckets', 'key_buckets'));
end $$;
comment on function rowhouse.buckets_used() is 'How many buckets may have tasks: they are numbered from 0.';

create function rowhouse.count_tasks(state rowhouse.task_state, queue text, most integer) returns integer
    language plpgsql stable
    set plan_cache_mode = force_custom_plan
    as $$
declare
    total integer := 0;
    part  integer;
begin
    for b in 0..rowhouse.buckets_used() - 1 loop
        select count(*) into part
        from (
            select 1
            from rowhouse.task as t
            where t.bucket = b::smallint
                and (count_tasks.state is null or t.state = count_tasks.state)
                and (count_tasks.queue is null or t.queue = count_tasks.queue)
            limit most - total
        ) as one;
        total := total + part;
        exit when total >= most;
    end loop;
    return total;
end $$;
comment on function rowhouse.count_tasks(rowhouse.task_state, text, integer) is
    'How many tasks there are in a state and a queue, null for any, counted up to so many.';

create function rowhouse.count_parked(most integer) returns integer
    language plpgsql stable as $$
declare
    total integer := 0;
    part  integer;
begin
    for b in 0..rowhouse.buckets_used() - 1 loop
        select count(*) into part
        from (
            select t.state
            from rowhouse.task as t
            where t.bucket = b::smallint and t.state in ('failed', 'parked', 'cancelled')
            order by t.id desc
            limit most
        ) as latest
        where latest.state = 'parked';
        total := total + part;
    end loop;
    return least(total, most);
end $$;
comment on function rowhouse.count_parked(integer) is
    'How many tasks are parked, among so many of each bucket that went wrong last.';

create function rowhouse.looked_down_to(before uuid, look integer) returns uuid
    language plpgsql stable as $$
declare
    lowest uuid := '00000000-0000-0000-0000-000000000000';
    part   uuid;
begin
    for b in 0..rowhouse.buckets_used() - 1 loop
        select t.id into part
        from rowhouse.task as t
        where t.bucket = b::smallint and t.id < looked_down_to.before
        order by t.id desc
        offset look
        limit 1;
        lowest := greatest(lowest, part);
    end loop;
    return lowest;
end $$;
comment on function rowhouse.looked_down_to(uuid, integer) is
    'The id down to which a listing looks that looks at so many tasks of each bucket; the lowest of all ids if that is all of them.';

create function rowhouse.tasks_before(
    before uuid, lowest uuid, states text[], queue text, component text, function text, roots boolean, most integer)
    returns setof rowhouse.task
    language plpgsql stable
    set plan_cache_mode = force_custom_plan
    as $$
declare
    wanted constant rowhouse.task_state[] := tasks_before.states::rowhouse.task_state[];
begin
    for b in 0..rowhouse.buckets_used() - 1 loop
        return query
            select t.*
            from rowhouse.task as t
            where t.bucket = b::smallint and t.id < tasks_before.before and t.id >= tasks_before.lowest
                and (wanted is null or t.state = any (wanted))
                and (tasks_before.queue is null or t.queue = tasks_before.queue)
                and (tasks_before.component is null or t.component = tasks_before.component)
                and (tasks_before.function is null or t.function = tasks_before.function)
                and (not tasks_before.roots or t.parent is null)
            order by t.id desc
            limit most;
    end loop;
end $$;
comment on function rowhouse.tasks_before(uuid, uuid, text[], text, text, text, boolean, integer) is
    'The newest tasks with ids in a range that fit a filter, so many of each bucket; null for any state, queue, component or function.';

create function rowhouse.tasks_below(root uuid, most integer)
    returns table (depth integer, task rowhouse.task)
    language plpgsql stable as $$
#variable_conflict use_column
declare
    parents uuid[] := array[tasks_below.root];
    next    uuid[];
    shown   integer := 0;
    buckets constant integer := rowhouse.buckets_used();
begin
    depth := 0;
    for task in
        select * from rowhouse.task as t where t.bucket = rowhouse.bucket_of(tasks_below.root) and t.id = tasks_below.root
    loop
        return next;
        shown := 1;
    end loop;
    while cardinality(parents) > 0 and shown between 1 and most - 1 loop
        next := '{}';
        depth := depth + 1;
        for b in 0..buckets - 1 loop
            for task in
                select child.*
                from unnest(parents) as known (parent)
                cross join lateral (
                    select *
                    from rowhouse.task as t
                    where t.bucket = b::smallint and t.parent = known.parent
                    limit most
                ) as child
                limit most - shown
            loop
                return next;
                next := next || (task).id;
                shown := shown + 1;
            end loop;
        end loop;
        parents := next;
    end loop;
end $$;
comment on function rowhouse.tasks_below(uuid, integer) is
    'A task and what it started, directly and through others, parents before children; so many at most.';

create function rowhouse.children_by_state(parents uuid[]) returns jsonb
    language plpgsql stable as $$
declare
    counts jsonb := '{}';
    state  rowhouse.task_state;
    tasks  bigint;
begin
    for b in 0..rowhouse.buckets_used() - 1 loop
        for state, tasks in
            select child.state, count(*)
            from unnest(parents) as known (parent)
            cross join lateral (
                select t.state
                from rowhouse.task as t
                where t.bucket = b::smallint and t.parent = known.parent
                offset 0
            ) as child
            group by child.state
        loop
            counts := jsonb_set(
                counts, array[state::text], to_jsonb(coalesce((counts ->> state::text)::bigint, 0) + tasks));
        end loop;
    end loop;
    return counts;
end $$;
comment on function rowhouse.children_by_state(uuid[]) is 'How many children tasks have in each state, as an object.';

create function rowhouse.describe_task(id uuid) returns jsonb
    language plpgsql stable as $$
declare
    home   constant smallint := rowhouse.bucket_of(describe_task.id);
    task   rowhouse.task;
    steps  jsonb;
    events jsonb;
begin
    select * into task from rowhouse.task as t where t.bucket = home and t.id = describe_task.id;
    if task.id is null then
        return null;
    end if;
    select coalesce(jsonb_agg(to_jsonb(step) - 'bucket' - 'task' order by step.number), '[]') into steps
    from (select * from rowhouse.step as s where s.bucket = home and s.task = describe_task.id) as step;
    select coalesce(jsonb_agg(to_jsonb(event) - 'bucket' - 'task' order by event.number), '[]') into events
    from (
        select *
        from rowhouse.task_event as e
        where e.bucket = home and e.task = describe_task.id
        order by e.number desc
        limit 1000
    ) as event;
    return (to_jsonb(task) - 'bucket') || jsonb_build_object(
        'steps', steps, 'events', events, 'children', rowhouse.children_by_state(array[describe_task.id]));
end $$;
comment on function rowhouse.describe_task(uuid) is
    'A task with its steps, its latest 1,000 events and the numbers of its children by state; null if there is none.';

create function rowhouse.task_progress(id uuid) returns jsonb
    language plpgsql stable as $$
declare
    home     constant smallint := rowhouse.bucket_of(task_progress.id);
    state    rowhouse.task_state;
    children uuid[] := '{}';
    counts   jsonb;
    below    jsonb;
    asked    bigint := 0;
    started  bigint := 0;
    ended    bigint := 0;
    failed   bigint := 0;
    running  bigint := 0;
    b        smallint;
    part     uuid[];
    few      constant integer := 1000;
begin
    select t.state into state from rowhouse.task as t where t.bucket = home and t.id = task_progress.id;
    if state is null then
        return null;
    end if;
    counts := rowhouse.children_by_state(array[task_progress.id]);
    -- Looks into the children only while there are few of them: a flat fan-out is counted by itself, quickly.
    if (select coalesce(sum(value::bigint), 0) from jsonb_each_text(counts)) <= few then
        for place in 0..rowhouse.buckets_used() - 1 loop
            children := children || array(
                select t.id from rowhouse.task as t where t.bucket = place::smallint and t.parent = task_progress.id);
        end loop;
    end if;
    below := rowhouse.children_by_state(children);
    select sum(each.tasks),
        sum(each.tasks) filter (where each.state >= 'succeeded'),
        sum(each.tasks) filter (where each.state > 'succeeded'),
        sum(each.tasks) filter (where each.state = 'running')
    into started, ended, failed, running
    from (
        select key::rowhouse.task_state as state, value::bigint as tasks
        from (select * from jsonb_each_text(counts) union all select * from jsonb_each_text(below)) as both_levels
    ) as each;
    for b, part in select * from rowhouse.by_bucket(children || task_progress.id) loop
        asked := asked + coalesce((
            select sum((s.output ->> 'count')::bigint)
            from rowhouse.step as s
            where s.bucket = b and s.task = any (part) and s.kind = 'children'), 0);
    end loop;
    return jsonb_build_object(
        'id', task_progress.id, 'state', state, 'total', greatest(asked, coalesce(started, 0)), 'ended', coalesce(ended, 0),
        'failed', coalesce(failed, 0), 'running', coalesce(running, 0));
end $$;
comment on function rowhouse.task_progress(uuid) is
    'How many tasks a task and its children have asked for and how many of these stand where; null if there is no such task.';

create function rowhouse.describe_place(id uuid) returns json
    language plpgsql stable as $$
begin
    if not exists (
        select 1 from rowhouse.task as t where t.bucket = rowhouse.bucket_of(describe_place.id) and t.id = describe_place.id) then
        return null;
    end if;
    return (
        select coalesce(json_agg(explained order by explained.number), '[]')
        from rowhouse.explain_task(describe_place.id) as explained);
end $$;
comment on function rowhouse.describe_place(uuid) is 'What explain_task says, as one array; null if there is no such task.';
