-- What people see at a glance: what runs where, what a schedule started, what changed lately. Nothing here writes.

create index history_latest on rowhouse.history (valid_to);
comment on index rowhouse.history_latest is 'What changed last.';

create function rowhouse.running_by_node(most integer)
    returns table (node integer, component text, function text, tasks bigint)
    language plpgsql stable
    set plan_cache_mode = force_custom_plan
    as $$
#variable_conflict use_column
begin
    for b in 0..rowhouse.buckets_used() - 1 loop
        return query
            select run.node, run.component, run.function, count(*)
            from (
                select t.node, t.component, t.function
                from rowhouse.task as t
                where t.bucket = b::smallint and t.state = 'running'
                limit most
            ) as run
            group by run.node, run.component, run.function;
    end loop;
end $$;
comment on function rowhouse.running_by_node(integer) is
    'How many tasks of which function run on which node, of at most so many of each bucket.';

create function rowhouse.tasks_on(node integer, most integer) returns setof rowhouse.task
    language plpgsql stable
    set plan_cache_mode = force_custom_plan
    as $$
begin
    for b in 0..rowhouse.buckets_used() - 1 loop
        return query
            select t.*
            from rowhouse.task as t
            where t.bucket = b::smallint and t.state = 'running' and t.node = tasks_on.node
            limit most;
    end loop;
end $$;
comment on function rowhouse.tasks_on(integer, integer) is 'Tasks that run in a life of a node, so many of each bucket at most.';

create function rowhouse.tasks_of_schedule(name text, lowest uuid, most integer) returns setof rowhouse.task
    language plpgsql stable
    set plan_cache_mode = force_custom_plan
    as $$
begin
    for b in 0..rowhouse.buckets_used() - 1 loop
        return query
            select t.*
            from rowhouse.task as t
            where t.bucket = b::smallint and t.id >= tasks_of_schedule.lowest
                and t.started_by = 'schedule ' || tasks_of_schedule.name
            order by t.id desc
            limit most;
    end loop;
end $$;
comment on function rowhouse.tasks_of_schedule(text, uuid, integer) is
    'The newest tasks that a schedule started, down to an id, so many of each bucket at most.';

create function rowhouse.told_row(content jsonb) returns jsonb
    language plpgsql immutable as $$
begin
    return case
        when content ? 'bucket' then content - 'bucket' || jsonb_build_object('spread', content -> 'bucket' = 'null')
        else content
    end;
end $$;
comment on function rowhouse.told_row(jsonb) is 'A row of queue, schedule or setting as people are told of it: that a queue is spread, not its bucket.';

create function rowhouse.changed_fields(before jsonb, after jsonb) returns jsonb
    language plpgsql immutable as $$
begin
    return (
        select jsonb_object_agg(field, jsonb_build_array(
            case when length(was::text) <= 200 then was else to_jsonb(left(was::text, 200) || ' ...') end,
            case when length(is_now::text) <= 200 then is_now else to_jsonb(left(is_now::text, 200) || ' ...') end))
        from (
            select coalesce(b.key, a.key) as field, b.value as was, a.value as is_now
            from jsonb_each(before) as b
            full join jsonb_each(after) as a on a.key = b.key
        ) as each
        where nullif(was, 'null') is distinct from nullif(is_now, 'null')
    );
end $$;
comment on function rowhouse.changed_fields(jsonb, jsonb) is
    'Fields in which two rows differ, each with both values, shortened; null if there are none.';

create function rowhouse.changes_of_rows(of_relation text, of_key text, most integer)
    returns table (at timestamptz, kind text, name text, what text, who text, fields jsonb)
    language plpgsql stable
    set plan_cache_mode = force_custom_plan
    as $$
#variable_conflict use_column
declare
    fleeting constant text[] := array[
        'name', 'tokens', 'tokens_at', 'next_at', 'fired_at', 'back_fill_from', 'back_fill_until', 'changed_at', 'changed_by',
        'unit', 'meaning'];
begin
    return query
        with past as materialized (
            select h.relation, h.key, h.valid_from, h.valid_to, rowhouse.told_row(h.content) as content
            from rowhouse.history as h
            where (of_relation is null or h.relation = of_relation) and (of_key is null or h.key = of_key)
            order by h.valid_to desc
            limit most
        ), present as materialized (
            -- Of many rows only those that changed last are worked out. One more, since 'direct' may be among them.
            select 'queue' as relation, q.name as key, q.changed_at, rowhouse.told_row(to_jsonb(q)) as content
            from (
                select *
                from rowhouse.queue
                where (of_relation is null or of_relation = 'queue') and (of_key is null or name = of_key)
                order by changed_at desc
                limit most + 1
            ) as q
            union all
            select 'schedule', s.name, s.changed_at, to_jsonb(s)
            from (
                select *
                from rowhouse.schedule
                where (of_relation is null or of_relation = 'schedule') and (of_key is null or name = of_key)
                order by changed_at desc
                limit most
            ) as s
            union all
            -- They are few, and those that nobody has changed tell nothing.
            select 'setting', s.name, s.changed_at, to_jsonb(s)
            from rowhouse.setting as s
            where (of_relation is null or of_relation = 'setting') and (of_key is null or s.name = of_key)
        ), version as materialized (
            select p.relation, p.key, p.changed_at as valid_from, p.content
            from present as p
            union all
            select past.relation, past.key, past.valid_from, past.content
            from past
        )
        -- A version was made if none ended when it began; the oldest of the past look so as well, hence the look at history.
        select v.valid_from, v.relation, v.key,
            case when old.content is null then 'made' else 'changed' end,
            v.content ->> 'changed_by',
            rowhouse.changed_fields(coalesce(rowhouse.told_row(old.content), '{}') - fleeting, v.content - fleeting)
        from version as v
        left join rowhouse.history as old on old.relation = v.relation and old.key = v.key and old.valid_to = v.valid_from
        where old.content is not null or (v.relation <> 'setting' and v.key <> 'direct')
        union all
        select past.valid_to, past.relation, past.key, 'dropped', null, rowhouse.changed_fields(past.content - fleeting, '{}')
        from past
        where not exists (
            select from version as v
            where v.relation = past.relation and v.key = past.key and v.valid_from = past.valid_to)
            -- It may be there still, and not among those that changed last.
            and not exists (
                select from rowhouse.queue as q where past.relation = 'queue' and q.name = past.key and q.changed_at = past.valid_to)
            and not exists (
                select from rowhouse.schedule as s
                where past.relation = 'schedule' and s.name = past.key and s.changed_at = past.valid_to);
end $$;
comment on function rowhouse.changes_of_rows(text, text, integer) is
    'What was made, changed or dropped lately of queues, schedules and settings: at least so many of the latest, if there are.';
