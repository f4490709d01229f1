-- What tasks that needed something went through: when they were ready, when they began, how long they ran. Policies are
-- tried on it. Reads only, by key order, a bounded part of each bucket.

create function rowhouse.lowest_id(b integer, epoch_ms bigint) returns uuid
    language plpgsql immutable as $$
begin
    return (lpad(to_hex(greatest(epoch_ms, 0)), 12, '0') || '7' || lpad(to_hex(b), 3, '0') || repeat('0', 16))::uuid;
end $$;
comment on function rowhouse.lowest_id(integer, bigint) is 'The lowest id of a bucket that can have been made at a time or later.';

create function rowhouse.recorded_from(since_ms bigint, most integer) returns bigint
    language plpgsql stable as $$
declare
    buckets constant integer := rowhouse.buckets_used();
    -- Of many buckets a part of each will do; few may all lie in one.
    look    constant integer := least(most, greatest(4 * (most / buckets), 100));
    begun   bigint := since_ms;
    part    uuid;
begin
    for b in 0..buckets - 1 loop
        select t.id into part
        from rowhouse.task as t
        where t.bucket = b::smallint and t.id >= rowhouse.lowest_id(b, since_ms)
        order by t.id desc
        offset look
        limit 1;
        begun := greatest(begun, rowhouse.epoch_ms_of(part) + 1);
    end loop;
    return begun;
end $$;
comment on function rowhouse.recorded_from(bigint, integer) is
    'From when on recorded tasks are read, in milliseconds since 1970: from then, or later if there are too many.';

create function rowhouse.recorded_tasks(begun_ms bigint)
    returns table (id uuid, need integer, priority smallint, state text, ready_ms bigint, began_ms bigint, ran_ms bigint)
    language plpgsql stable
    set plan_cache_mode = force_custom_plan
    as $$
#variable_conflict use_column
begin
    for b in 0..rowhouse.buckets_used() - 1 loop
        return query
            select t.id, t.need, t.priority, t.state::text,
                floor(extract(epoch from case when t.event_count > 3 then r.ready_at else t.created_at end) * 1000)::bigint,
                floor(extract(epoch from case when t.event_count > 3 then r.began_at else t.claimed_at end) * 1000)::bigint,
                floor(extract(epoch from
                    case when t.event_count > 3 then r.ran else coalesce(t.ended_at, now()) - t.claimed_at end) * 1000)::bigint
            from rowhouse.task as t
            left join lateral (
                select
                    min(e.at) filter (where e.state in ('ready', 'running')) as ready_at,
                    min(e.at) filter (where e.state = 'running') as began_at,
                    sum(coalesce(e.until, now()) - e.at) filter (where e.state = 'running') as ran
                from (
                    select v.at, v.state, lead(v.at) over (order by v.number) as until
                    from rowhouse.task_event as v
                    where v.bucket = b::smallint and v.task = t.id and v.number < 1000
                ) as e
            ) as r on t.event_count > 3
            where t.bucket = b::smallint and t.id >= rowhouse.lowest_id(b, begun_ms) and t.need is not null;
    end loop;
end $$;
comment on function rowhouse.recorded_tasks(bigint) is
    'Tasks that needed something and were made since then: when each was ready, when it began, and how long it has run all together; null for what has not been.';
