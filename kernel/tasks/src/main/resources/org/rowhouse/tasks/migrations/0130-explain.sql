-- Why a task is where it is, in sentences for a person, each with the row behind it. The last sentence says what would
-- unblock it. Reads only; every statement names one bucket or a small table.

create function rowhouse.spoken(span interval) returns text
    language plpgsql immutable as $$
declare
    seconds numeric := abs(extract(epoch from span));
begin
    return case
        when seconds >= 172800 then round(seconds / 86400, 1) || ' days'
        when seconds >= 7200 then round(seconds / 3600, 1) || ' hours'
        when seconds >= 120 then round(seconds / 60, 1) || ' minutes'
        when seconds >= 1 then round(seconds, 1) || ' seconds'
        else round(seconds * 1000) || ' ms'
    end;
end $$;
comment on function rowhouse.spoken(interval) is 'A span of time as people say it, without its sign.';

create function rowhouse.counted(number bigint, thing text) returns text
    language plpgsql immutable as $$
begin
    return number || ' ' || thing || case when number = 1 then '' else 's' end;
end $$;
comment on function rowhouse.counted(bigint, text) is 'A number of things, in the plural unless it is one.';

create function rowhouse.spoken_time(at timestamptz) returns text
    language plpgsql stable as $$
begin
    return to_char(at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS') || ' UTC ('
        || case when at > now() then 'in ' || rowhouse.spoken(at - now()) else rowhouse.spoken(now() - at) || ' ago' end || ')';
end $$;
comment on function rowhouse.spoken_time(timestamptz) is 'A time as people say it: the clock and how far away.';

create function rowhouse.spoken_error(error jsonb) returns text
    language plpgsql immutable as $$
begin
    return regexp_replace(left(coalesce(error ->> 'message', error ->> 'type', 'no message'), 300), '[[:cntrl:]]+', ' ', 'g');
end $$;
comment on function rowhouse.spoken_error(jsonb) is 'An error on one line, at most 300 characters.';

create function rowhouse.brief(task rowhouse.task) returns jsonb
    language plpgsql stable as $$
begin
    return jsonb_strip_nulls(to_jsonb(task) - array['input', 'output']);
end $$;
comment on function rowhouse.brief(rowhouse.task) is 'A task''s row without its values, which may be large.';

create function rowhouse.live_nodes() returns integer
    language plpgsql stable as $$
declare
    nodes integer;
begin
    select count(*) into nodes from rowhouse.node as n where n.ended_at is null and n.lease_until > now() and not n.simulated;
    return nodes;
end $$;
comment on function rowhouse.live_nodes() is 'How many nodes are up.';

create function rowhouse.tokens_left(queue rowhouse.queue) returns double precision
    language plpgsql stable as $$
begin
    return least(queue.rate_count, coalesce(
        queue.tokens + greatest(extract(epoch from clock_timestamp() - queue.tokens_at), 0) * queue.rate_count
            / extract(epoch from queue.rate_period),
        queue.rate_count));
end $$;
comment on function rowhouse.tokens_left(rowhouse.queue) is 'Claims that the queue''s rate limit allows now; null without a limit.';

-- Ready: what stands between the task and a node ----------------------------------------------------------------------

create function rowhouse.explain_slots(task rowhouse.task, queue rowhouse.queue)
    returns table (sentence text, relation text, content jsonb, remedy text)
    language plpgsql stable as $$
declare
    running integer;
    full_nodes integer;
    tokens  double precision := rowhouse.tokens_left(queue);
    busy    integer[];
    held    rowhouse.task;
begin
    select count(*) into running
    from rowhouse.task as t
    where t.bucket = task.bucket and t.queue = task.queue and t.state = 'running';
    if running >= queue.concurrency then
        return query select
            format('Queue %s runs at most %s at once, and so many are running: %s.', queue.name, rowhouse.counted(queue.concurrency, 'task'), running),
            'queue', to_jsonb(queue),
            format('One of the running tasks of queue %s must end, or its limit must be raised: select rowhouse.set_queue(''%s'', concurrency => %s).',
                queue.name, queue.name, queue.concurrency + 1);
        for held in
            select *
            from rowhouse.task as t
            where t.bucket = task.bucket and t.queue = task.queue and t.state = 'running'
            order by t.claimed_at
            limit 10
        loop
            return query select
                format('Task %s holds a slot since %s.', held.id, rowhouse.spoken_time(held.claimed_at)), 'task',
                rowhouse.brief(held), null::text;
        end loop;
    end if;
    if queue.concurrency_per_node is not null then
        busy := array(
            select t.node
            from rowhouse.task as t
            where t.bucket = task.bucket and t.queue = task.queue and t.state = 'running'
            group by t.node
            having count(*) >= queue.concurrency_per_node);
        select count(*) into full_nodes
        from rowhouse.node as n
        where n.ended_at is null and n.lease_until > now() and not n.simulated and n.number = any (busy);
        if full_nodes = rowhouse.live_nodes() then
            return query select
                format('Queue %s runs at most %s at once on a node, and every node that is up runs so many.',
                    queue.name, rowhouse.counted(queue.concurrency_per_node, 'task')),
                'queue', to_jsonb(queue),
                format('A running task of queue %s must end, another node must come up, or the limit must be raised: select rowhouse.set_queue(''%s'', concurrency_per_node => %s).',
                    queue.name, queue.name, queue.concurrency_per_node + 1);
        end if;
    end if;
    if tokens < 1 then
        return query select
            format('Queue %s lets %s begin in %s, and that is used up; the next may begin in %s.',
                queue.name, rowhouse.counted(queue.rate_count, 'task'), rowhouse.spoken(queue.rate_period),
                rowhouse.spoken((1 - tokens) * queue.rate_period / queue.rate_count)),
            'queue', to_jsonb(queue),
            format('Time, or a higher rate: select rowhouse.set_queue(''%s'', rate_count => %s).',
                queue.name, queue.rate_count * 2);
    end if;
end $$;
comment on function rowhouse.explain_slots(rowhouse.task, rowhouse.queue) is
    'Which limits of its queue a ready task waits for, who holds the slots, and what would help.';

create function rowhouse.explain_place(task rowhouse.task, queue rowhouse.queue)
    returns table (sentence text, relation text, content jsonb, remedy text)
    language plpgsql stable as $$
declare
    most  constant integer := 100000;
    ahead integer;
begin
    select count(*) into ahead
    from (
        select 1
        from rowhouse.task as t
        where t.bucket = task.bucket and t.queue = task.queue and t.state = 'ready'
            and (t.priority > task.priority or t.priority = task.priority and t.id < task.id)
            and (not queue.fair or t.partition is not distinct from task.partition)
        limit most
    ) as counted;
    if queue.fair then
        return query select
            format('Queue %s takes turns between partitions; before it in %s: %s.',
                queue.name, coalesce('partition ' || rowhouse.shown(task.partition), 'that without partition'),
                rowhouse.counted(ahead, 'task')),
            'queue', to_jsonb(queue), null::text;
    elsif ahead > 0 then
        return query select
            format('Before it in queue %s: %s%s; its priority is %s.',
                task.queue, rowhouse.counted(ahead, 'task'), case when ahead = most then ' or more' else '' end, task.priority),
            'queue', to_jsonb(queue),
            format('Those ahead must begin first, or it must be given a higher priority: select rowhouse.prioritise_tasks(array[''%s''::uuid], %s).',
                task.id, least(task.priority + 1, 1000));
    end if;
end $$;
comment on function rowhouse.explain_place(rowhouse.task, rowhouse.queue) is
    'How many tasks of its queue go before a ready task; counts up to 100,000.';

create function rowhouse.explain_ready(task rowhouse.task)
    returns table (sentence text, relation text, content jsonb, remedy text)
    language plpgsql stable as $$
declare
    queue rowhouse.queue;
    nodes integer := rowhouse.live_nodes();
begin
    select * into queue from rowhouse.queue as q where q.name = task.queue;
    if queue.name is null then
        return query select
            format('Its queue %s does not exist any more.', task.queue), null, null::jsonb,
            format('The queue must be declared again: select rowhouse.set_queue(''%s'').', task.queue);
        return;
    end if;
    if nodes = 0 then
        return query select 'No node is up, so nothing runs.', 'node', (
            select to_jsonb(n) from rowhouse.node as n order by n.number desc limit 1),
            'A node must come up: `rowhouse up`.';
    elsif not exists (
        select from rowhouse.node as n
        where n.ended_at is null and n.lease_until > now() and not n.simulated and n.cordoned_at is null
            and 'processor' = any (n.roles)) then
        return query select
            'Every node that is up is cordoned or has not the role processor, so nothing new runs.', 'node',
            (select jsonb_agg(to_jsonb(n) order by n.number)
             from (select * from rowhouse.node where ended_at is null and lease_until > now() and not simulated order by number limit 20) as n),
            'A node must be uncordoned, `rowhouse node uncordon NAME`, or another one must come up.';
    end if;
    if queue.bucket <> task.bucket then
        return query select
            format('It lives in bucket %s, but queue %s lives in bucket %s and is not looked for elsewhere.',
                task.bucket, queue.name, queue.bucket),
            'queue', to_jsonb(queue),
            format('It must be moved to a queue of its bucket: select rowhouse.move_tasks(array[''%s''::uuid], ''direct'').', task.id);
    end if;
    if queue.paused then
        return query select
            format('Queue %s is paused since %s by %s.', queue.name, rowhouse.spoken_time(queue.changed_at), queue.changed_by),
            'queue', to_jsonb(queue),
            format('The queue must be resumed: select rowhouse.resume_queue(''%s'').', queue.name);
    end if;
    if not exists (select 1 from rowhouse.find_function(task.component, task.function, task.version)) then
        return query select
            format('Component %s has no version %s with function %s any more.',
                task.component, rowhouse.shown(task.version), task.function), null, null::jsonb,
            format('That version must be deployed, or the task moved to another: select rowhouse.move_to_version(array[''%s''::uuid], ''VERSION'').', task.id);
    end if;
    -- Made by the scheduler's migrations.
    if task.need is not null and task.placed <> 0 then
        return query select * from rowhouse.explain_placing(task);
    end if;
    return query select * from rowhouse.explain_slots(task, queue);
    return query select * from rowhouse.explain_place(task, queue);
    return query select
        format('%s %s up.', nodes, case when nodes = 1 then 'node is' else 'nodes are' end), 'node',
        (select jsonb_agg(to_jsonb(n) order by n.number)
         from (select * from rowhouse.node where ended_at is null and lease_until > now() and not simulated order by number limit 20) as n),
        case
            when task.placed = 0 then 'Nothing holds it back: a node with room claims it next.'
            when task.placed > 0 then 'Nothing holds it back: its node claims it next.'
            else 'Nothing holds it back: the scheduler places it next, unless the policy rules these nodes out.'
        end
    where nodes > 0;
end $$;
comment on function rowhouse.explain_ready(rowhouse.task) is
    'What stands between a ready task and a node; the first remedy is the one that counts.';

-- Waiting, running, ended ---------------------------------------------------------------------------------------------

create function rowhouse.explain_children(task rowhouse.task, step rowhouse.step)
    returns table (sentence text, relation text, content jsonb, remedy text)
    language plpgsql stable as $$
declare
    home   smallint := (step.output ->> 'bucket')::smallint;
    wanted integer := (step.output ->> 'count')::integer;
    left_over integer;
    failed integer;
    child  rowhouse.task;
begin
    select
        count(*) filter (where t.state in ('ready', 'running', 'waiting')),
        count(*) filter (where t.state in ('failed', 'cancelled', 'parked'))
    into left_over, failed
    from rowhouse.task as t
    where t.bucket = home and t.parent = task.id and t.parent_step = step.number;
    if task.waiting_position is not null then
        for child in
            select *
            from rowhouse.task as t
            where t.bucket = home and t.parent = task.id and t.parent_step = step.number
                and t.parent_position = task.waiting_position
        loop
            return query select
                format('It waits for child %s of step %s (%s), task %s, which is %s.',
                    task.waiting_position, step.number, step.output ->> 'function', child.id, child.state),
                'task', rowhouse.brief(child),
                case
                    when child.state in ('ready', 'running', 'waiting')
                        then format('That child must end: `rowhouse explain %s` says what holds it.', child.id)
                    else 'The child has ended: a node wakes it within a second.'
                end;
        end loop;
        return;
    end if;
    return query select
        format('It waits for its children of step %s (%s in queue %s): %s of %s have ended%s.',
            step.number, step.output ->> 'function', step.output ->> 'queue', wanted - left_over, wanted,
            case when failed > 0 then format(', %s of them without success', failed) else '' end),
        'step', to_jsonb(step) - 'output',
        case
            when left_over > 0 then format('What it waits for must end (left: %s): `rowhouse explain` of a child says what holds it.', left_over)
            else 'All children have ended: a node wakes it within a second.'
        end;
    for child in
        select *
        from rowhouse.task as t
        where t.bucket = home and t.parent = task.id and t.parent_step = step.number
            and t.state in ('ready', 'running', 'waiting')
        order by t.parent_position
        limit 5
    loop
        return query select format('Child %s is %s.', child.id, child.state), 'task', rowhouse.brief(child), null::text;
    end loop;
end $$;
comment on function rowhouse.explain_children(rowhouse.task, rowhouse.step) is
    'Which children a workflow waits for and how many have ended.';

create function rowhouse.explain_waiting(task rowhouse.task)
    returns table (sentence text, relation text, content jsonb, remedy text)
    language plpgsql stable as $$
declare
    step rowhouse.step;
    wake constant text := case
        when task.wake_at <= now() and rowhouse.live_nodes() = 0 then 'Its time has come, but no node is up to wake it: `rowhouse up`.'
        when task.wake_at <= now() then 'Its time has come: a node wakes it within a second.'
        else format('Time: it goes on by itself in %s.', rowhouse.spoken(task.wake_at - now()))
    end;
begin
    select * into step
    from rowhouse.step as s
    where s.bucket = task.bucket and s.task = task.id and s.number = task.waiting_step;
    if step.kind = 'children' and task.wake_at is null then
        return query select * from rowhouse.explain_children(task, step);
    elsif step.kind = 'sleep' then
        return query select
            format('It sleeps in step %s (%s) until %s.', step.number, step.name, rowhouse.spoken_time(task.wake_at)),
            'step', to_jsonb(step), wake;
    elsif step.number is not null then
        return query select
            format('Step %s (%s) failed at try %s: %s. The next try is at %s.', step.number, step.name, step.attempts,
                rowhouse.spoken_error(coalesce(step.error, task.error)), rowhouse.spoken_time(task.wake_at)),
            'step', to_jsonb(step) - 'output', wake;
    elsif task.attempt = 0 then
        return query select
            format('Its start is delayed until %s.', rowhouse.spoken_time(task.wake_at)), 'task', rowhouse.brief(task), wake;
    elsif task.wake_at is not null then
        return query select
            format('Attempt %s failed: %s. The next one is at %s.', task.attempt,
                rowhouse.spoken_error(task.error), rowhouse.spoken_time(task.wake_at)),
            'task', rowhouse.brief(task), wake;
    else
        return query select
            format('It waits in step %s, of which nothing is recorded yet.', task.waiting_step), 'task', rowhouse.brief(task),
            'A node looks at it within a second.';
    end if;
end $$;
comment on function rowhouse.explain_waiting(rowhouse.task) is 'What a waiting task waits for: a time, another try, or children.';

create function rowhouse.explain_running(task rowhouse.task)
    returns table (sentence text, relation text, content jsonb, remedy text)
    language plpgsql stable as $$
declare
    node rowhouse.node;
    step rowhouse.step;
begin
    select * into node from rowhouse.node as n where n.number = task.node;
    return query select
        format('Node %s runs it since %s; it is attempt %s.',
            coalesce(node.name || ' (' || node.number || ')', task.node::text), rowhouse.spoken_time(task.claimed_at), task.attempt),
        'node', to_jsonb(node),
        case
            when node.number is null or node.ended_at is not null or node.lease_until <= now()
                then 'Its node is dead: a live node takes the task over within seconds'
                    || case when rowhouse.live_nodes() = 0 then ', but none is up: `rowhouse up`.' else '.' end
            when task.cancel_requested then 'It must come to its next step or check for cancel; then it ends.'
            else format('Nothing holds it back: its function is at work. To stop it: select * from rowhouse.cancel_tasks(array[''%s''::uuid]).', task.id)
        end;
    if task.cancel_requested then
        return query select
            'Someone asked it to end, which it does at its next step.', 'task_event', (
                select to_jsonb(e)
                from rowhouse.task_event as e
                where e.bucket = task.bucket and e.task = task.id and e.cause = 'cancel'
                order by e.number desc
                limit 1),
            null::text;
    end if;
    select * into step
    from rowhouse.step as s
    where s.bucket = task.bucket and s.task = task.id
    order by s.number desc
    limit 1;
    if step.number is not null then
        return query select
            case
                when step.done then format('Its last recorded step is %s (%s), done at %s after %s.', step.number, step.name,
                    rowhouse.spoken_time(step.ended_at), rowhouse.spoken(step.duration_us * interval '1 microsecond'))
                else format('It is in step %s (%s), try %s%s.', step.number, step.name, step.attempts + 1,
                    case when step.error is null then '' else '; the last one failed: ' || rowhouse.spoken_error(step.error) end)
            end,
            'step', to_jsonb(step) - 'output', null::text;
    end if;
end $$;
comment on function rowhouse.explain_running(rowhouse.task) is 'Who runs the task since when, and which step it is at.';

create function rowhouse.explain_ended(task rowhouse.task)
    returns table (sentence text, relation text, content jsonb, remedy text)
    language plpgsql stable as $$
declare
    step  rowhouse.step;
    last  rowhouse.task_event;
    death rowhouse.task_event;
begin
    select * into last
    from rowhouse.task_event as e
    where e.bucket = task.bucket and e.task = task.id and e.state = task.state and e.cause <> 'change'
    order by e.number desc
    limit 1;
    if task.state = 'succeeded' then
        return query select
            format('It succeeded at %s, %s after it was started, at attempt %s.', rowhouse.spoken_time(task.ended_at),
                rowhouse.spoken(task.ended_at - task.created_at), task.attempt),
            'task_event', to_jsonb(last),
            format('Nothing: it is done. To run it again from a step: select rowhouse.fork_task(''%s'', 0).', task.id);
        return;
    end if;
    if task.state = 'parked' then
        return query select
            format('It was set aside at %s: its node died %s while running it.', rowhouse.spoken_time(task.ended_at), rowhouse.counted(task.crashes, 'time')),
            'task_event', to_jsonb(last),
            format('Find out what kills the node (memory, exit, endless recursion), mend the function, then `rowhouse retry %s`, or `rowhouse resume %s` to keep its steps.', task.id, task.id);
        for death in
            select *
            from rowhouse.task_event as e
            where e.bucket = task.bucket and e.task = task.id and e.cause in ('takeover', 'park')
            order by e.number desc
            limit 5
        loop
            return query select
                format('Node %s died while running it, found at %s.', death.node, rowhouse.spoken_time(death.at)),
                'task_event', to_jsonb(death), null::text;
        end loop;
        return;
    end if;
    return query select
        format('It %s at %s: %s', case task.state when 'failed' then 'failed' else 'was cancelled' end,
            rowhouse.spoken_time(task.ended_at), rowhouse.spoken_error(task.error)),
        'task_event', to_jsonb(last),
        case
            when last.cause = 'deadline' or task.error ->> 'code' = '202' then
                format('More time: `rowhouse resume %s` gives it as long again.', task.id)
            when task.state = 'cancelled' then
                format('Someone who wants it after all: `rowhouse resume %s` goes on, `rowhouse retry %s` begins afresh.', task.id, task.id)
            else format('Mend what failed, then `rowhouse resume %s` (goes on after the last durable step) or `rowhouse retry %s` (begins afresh).', task.id, task.id)
        end;
    select * into step
    from rowhouse.step as s
    where s.bucket = task.bucket and s.task = task.id and s.error is not null
    order by s.number desc
    limit 1;
    if step.number is not null then
        return query select
            format('Step %s (%s) failed at try %s: %s', step.number, step.name, step.attempts, rowhouse.spoken_error(step.error)),
            'step', to_jsonb(step) - 'output', null::text;
    end if;
end $$;
comment on function rowhouse.explain_ended(rowhouse.task) is 'How the task ended and how it could go on.';

-- All together --------------------------------------------------------------------------------------------------------

create function rowhouse.explain_around(task rowhouse.task)
    returns table (sentence text, relation text, content jsonb, remedy text)
    language plpgsql stable as $$
declare
    parent rowhouse.task;
begin
    if task.state in ('ready', 'running', 'waiting') then
        if task.deadline is not null then
            return query select
                format('It must have ended by %s.', rowhouse.spoken_time(task.deadline)), 'task', rowhouse.brief(task),
                case when task.deadline <= now() then 'Nothing any more: its deadline has passed, and it fails within a second.' end;
        end if;
        if task.crashes > 0 then
            return query select
                format('Its node died %s while running it; at %s it is set aside.',
                    rowhouse.counted(task.crashes, 'time'), rowhouse.setting_value('crashes_max')), 'task', rowhouse.brief(task), null::text;
        end if;
        if task.error is not null and task.state <> 'waiting' then
            return query select
                format('Its last error: %s', rowhouse.spoken_error(task.error)), 'task', rowhouse.brief(task), null::text;
        end if;
    end if;
    if task.parent is not null then
        select * into parent
        from rowhouse.task as t
        where t.bucket = rowhouse.bucket_of(task.parent) and t.id = task.parent;
        return query select
            format('Step %s of workflow %s started it; that one %s.', task.parent_step, task.parent,
                coalesce('is ' || parent.state, 'is gone')),
            'task', rowhouse.brief(parent), null::text;
    end if;
end $$;
comment on function rowhouse.explain_around(rowhouse.task) is 'Deadline, crashes, last error and parent of a task.';

create function rowhouse.explain_task(id uuid)
    returns table (number integer, sentence text, relation text, "row" jsonb)
    language plpgsql stable as $$
#variable_conflict use_column
declare
    task   rowhouse.task;
    part   record;
    cure   text;
begin
    select * into task
    from rowhouse.task as t
    where t.bucket = rowhouse.bucket_of(explain_task.id) and t.id = explain_task.id;
    if task.id is null then
        perform rowhouse.refuse('RH002', format('There is no task %s.', coalesce(explain_task.id::text, 'null')),
            'It may have been deleted after the retention time; `rowhouse ps` lists the others.');
    end if;
    number := 0;
    for part in
        select format('Task %s (%s/%s, version %s) is %s in queue %s; %s started it at %s.', task.id, task.component,
                task.function, task.version, task.state, task.queue, task.started_by, rowhouse.spoken_time(task.created_at))
                as sentence, 'task' as relation, rowhouse.brief(task) as content, null as remedy, 0 as part
        union all
        select a.*, 1 from rowhouse.explain_around(task) as a
        union all
        select r.*, 2 from rowhouse.explain_ready(task) as r where task.state = 'ready'
        union all
        select w.*, 2 from rowhouse.explain_waiting(task) as w where task.state = 'waiting'
        union all
        select r.*, 2 from rowhouse.explain_running(task) as r where task.state = 'running'
        union all
        select e.*, 2 from rowhouse.explain_ended(task) as e where task.state in ('succeeded', 'failed', 'cancelled', 'parked')
    loop
        cure := coalesce(cure, part.remedy);
        sentence := part.sentence;
        relation := part.relation;
        "row" := part.content;
        return next;
        number := number + 1;
    end loop;
    sentence := 'What would unblock it: ' || coalesce(cure, 'nothing holds it back.');
    relation := null;
    "row" := null;
    return next;
end $$;
comment on function rowhouse.explain_task(uuid) is
    'Why a task is where it is: sentences, each with the row behind it; the last says what would unblock it.';
