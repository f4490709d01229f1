-- Why a ready task that needs something of its node has no place yet, or where it has one. Reads only; looks at 10,000 nodes
-- at most, and at what they hold once.

create function rowhouse.spoken_milli(milli bigint) returns text
    language plpgsql immutable as $$
begin
    return trim_scale(round(milli / 1000.0, 3))::text;
end $$;
comment on function rowhouse.spoken_milli(bigint) is 'Thousandths as people say them: 1500 is 1.5.';

create function rowhouse.spoken_cores(milli bigint) returns text
    language plpgsql immutable as $$
begin
    return rowhouse.spoken_milli(milli) || case when milli = 1000 then ' core' else ' cores' end;
end $$;
comment on function rowhouse.spoken_cores(bigint) is 'A number of cores as people say it.';

create function rowhouse.spoken_memory(mib bigint) returns text
    language plpgsql immutable as $$
begin
    return case when mib < 1024 then mib || ' MiB' else trim_scale(round(mib / 1024.0, 1)) || ' GiB' end;
end $$;
comment on function rowhouse.spoken_memory(bigint) is 'An amount of memory as people say it.';

create function rowhouse.spoken_kind(need rowhouse.need) returns text
    language plpgsql immutable as $$
begin
    return case when cardinality(need.models) = 0 then need.device_class else array_to_string(need.models, ' or ') end;
end $$;
comment on function rowhouse.spoken_kind(rowhouse.need) is 'Which devices will do: the models, or any of the class.';

create function rowhouse.spoken_part(need rowhouse.need, part text) returns text
    language plpgsql immutable as $$
begin
    return case part
        when 'devices' then
            case when need.share_milli < 1000
                then rowhouse.spoken_milli(need.share_milli) || ' of one ' || rowhouse.spoken_kind(need)
                else need.devices || ' x ' || rowhouse.spoken_kind(need)
            end
        when 'cores' then rowhouse.spoken_cores(need.cores_milli)
        when 'memory' then rowhouse.spoken_memory(need.memory_mib) || ' of memory'
        when 'labels' then
            case when cardinality(need.labels) = 1 then 'the label ' else 'the labels ' end || array_to_string(need.labels, ', ')
        when 'tier' then 'the tier ' || need.tier
    end;
end $$;
comment on function rowhouse.spoken_part(rowhouse.need, text) is 'One part of a need in words.';

create function rowhouse.need_parts(need rowhouse.need) returns text[]
    language plpgsql immutable as $$
begin
    return array_remove(array[
        case when need.devices > 0 then 'devices' end,
        case when need.cores_milli > 0 then 'cores' end,
        case when need.memory_mib > 0 then 'memory' end,
        case when cardinality(need.labels) > 0 then 'labels' end,
        case when need.tier is not null then 'tier' end], null);
end $$;
comment on function rowhouse.need_parts(rowhouse.need) is 'What a need is made of: devices, cores, memory, labels, tier.';

create function rowhouse.places_for(need rowhouse.need)
    returns table (
        node text, cores_milli integer, cores_left_milli integer, memory_mib integer, memory_left_mib integer,
        labels text[], tier text, devices integer, devices_free integer, never text[], lacking text[])
    language plpgsql stable as $$
#variable_conflict use_column
begin
    return query
        with taken as materialized (
            select h.node, bit as device, sum(a.share_milli) as milli
            from rowhouse.placing_holding as h
            join rowhouse.need as a on a.number = h.need
            cross join generate_series(0, 63) as bit
            where places_for.need.devices > 0 and h.devices & (1::bigint << bit) <> 0
            group by h.node, bit
        ), device as (
            select t.node, t.class, t.name as model, row_number() over (partition by t.node order by t.part) - 1 as device
            from rowhouse.topology as t
            where places_for.need.devices > 0 and t.kind = 'device'
        ), equipped as materialized (
            select d.node, count(*)::integer as devices,
                (count(*) filter (where 1000 - coalesce(taken.milli, 0) >= places_for.need.share_milli))::integer as devices_free
            from device as d
            left join taken on taken.node = d.node and taken.device = d.device
            where d.class = places_for.need.device_class
                and (cardinality(places_for.need.models) = 0 or d.model = any (places_for.need.models))
            group by d.node
        ), place as (
            select n.node, n.cores_milli, n.cores_left_milli, n.memory_mib, n.memory_left_mib, n.labels, n.tier,
                coalesce(e.devices, 0) as devices, coalesce(e.devices_free, 0) as devices_free,
                array_remove(array[
                    case when not n.labels @> places_for.need.labels then 'labels' end,
                    case when n.tier <> places_for.need.tier then 'tier' end], null) as foreign_to
            from rowhouse.placing_node as n
            left join equipped as e on e.node = n.node
            order by n.node
            limit 10000
        )
        select p.node, p.cores_milli, p.cores_left_milli, p.memory_mib, p.memory_left_mib, p.labels, p.tier, p.devices, p.devices_free,
            p.foreign_to || array_remove(array[
                case when p.devices < places_for.need.devices then 'devices' end,
                case when p.cores_milli < places_for.need.cores_milli then 'cores' end,
                case when p.memory_mib < places_for.need.memory_mib then 'memory' end], null),
            p.foreign_to || array_remove(array[
                case when p.devices_free < places_for.need.devices then 'devices' end,
                case when p.cores_left_milli < places_for.need.cores_milli then 'cores' end,
                case when p.memory_left_mib < places_for.need.memory_mib then 'memory' end], null)
        from place as p;
end $$;
comment on function rowhouse.places_for(rowhouse.need) is
    'Nodes that tasks may be placed on, and which parts of a need each could never meet and does not meet now.';

create function rowhouse.explain_no_place(need rowhouse.need, wish text, nodes bigint)
    returns table (sentence text, relation text, content jsonb, remedy text)
    language plpgsql stable as $$
#variable_conflict use_column
declare
    nearest record;
    missing text;
begin
    select p.* into nearest
    from rowhouse.places_for(need) as p
    order by cardinality(p.never), p.devices desc, p.cores_milli desc, p.node
    limit 1;
    if nearest.node is null then
        return query select format('It needs %s, and there is no node to place it on.', wish), null, null::jsonb,
            'A node must come up that takes new work: `rowhouse up`, or `rowhouse node uncordon NAME`.';
        return;
    end if;
    select string_agg(rowhouse.spoken_part(need, lack.part), ' or ' order by array_position(rowhouse.need_parts(need), lack.part))
    into missing
    from (
        select part
        from rowhouse.places_for(need) as p
        cross join unnest(p.never) as part
        group by part
        having count(*) = nodes
    ) as lack;
    return query select
        format('It needs %s; no node has %s; nearest: node %s has %s.', wish, coalesce(missing, 'all of these'), nearest.node,
            concat_ws(', ',
                case
                    when need.devices = 0 then null
                    when nearest.devices = 0 then 'no ' || rowhouse.spoken_kind(need)
                    else nearest.devices || ' x ' || rowhouse.spoken_kind(need)
                end,
                rowhouse.spoken_cores(nearest.cores_milli), rowhouse.spoken_memory(nearest.memory_mib),
                case
                    when cardinality(need.labels) = 0 then null
                    when cardinality(nearest.labels) = 0 then 'no labels'
                    else 'the labels ' || array_to_string(nearest.labels, ', ')
                end,
                case when need.tier is not null then 'the tier ' || nearest.tier end)),
        'placing_node', to_jsonb(nearest),
        format('A node with %s must come up (`rowhouse up --join`), or node %s must get what it lacks (%s); else it must be cancelled and started again with a smaller need.',
            wish, nearest.node, (select string_agg(rowhouse.spoken_part(need, part), ', ') from unnest(nearest.never) as part));
end $$;
comment on function rowhouse.explain_no_place(rowhouse.need, text, bigint) is
    'That no node can ever meet a need, what none has, and which one comes nearest.';

create function rowhouse.explain_full(need rowhouse.need, wish text, able bigint)
    returns table (sentence text, relation text, content jsonb, remedy text)
    language plpgsql stable as $$
#variable_conflict use_column
declare
    nearest record;
begin
    select p.* into nearest
    from rowhouse.places_for(need) as p
    where cardinality(p.never) = 0
    order by cardinality(p.lacking), p.devices_free desc, p.cores_left_milli desc, p.node
    limit 1;
    return query select
        format('It needs %s: %s could run it, %s full now; node %s has %s.', wish, rowhouse.counted(able, 'node'),
            case when able = 1 then 'which is' else 'all are' end, nearest.node,
            (select string_agg(case part
                when 'devices' then format('%s of %s x %s %s', nearest.devices_free, nearest.devices, rowhouse.spoken_kind(need),
                    case when need.share_milli < 1000 then format('with %s left', rowhouse.spoken_milli(need.share_milli)) else 'free' end)
                when 'cores' then format('%s of %s left', rowhouse.spoken_milli(nearest.cores_left_milli), rowhouse.spoken_cores(nearest.cores_milli))
                else format('%s of %s left', rowhouse.spoken_memory(nearest.memory_left_mib), rowhouse.spoken_memory(nearest.memory_mib))
             end, ' and ') from unnest(nearest.lacking) as part)),
        'placing_node', to_jsonb(nearest),
        format('What runs there must end, or another node with %s must come up: `rowhouse up --join`.', wish);
end $$;
comment on function rowhouse.explain_full(rowhouse.need, text, bigint) is
    'That nodes could meet a need but are full, and which one comes nearest.';

create function rowhouse.explain_office(task rowhouse.task)
    returns table (sentence text, relation text, content jsonb, remedy text)
    language plpgsql stable as $$
#variable_conflict use_column
declare
    change rowhouse.policy_change := rowhouse.policy_in_force();
begin
    if not exists (
        select from rowhouse.scheduler as s
        join rowhouse.node as n on n.number = s.node
        where s.number = 1 and n.ended_at is null and n.lease_until > now()) then
        return query select 'No node is the scheduler, so nothing is placed.', 'scheduler',
            (select to_jsonb(s) from rowhouse.scheduler as s where s.number = 1),
            'A node that is up takes that office within seconds; without one: `rowhouse up`.';
    end if;
    if change.name = 'none' then
        return query select
            format('The policy none is in force since %s: it places nothing, so tasks that need something of their node wait.',
                rowhouse.spoken_time(change.at)),
            'policy_change', to_jsonb(change), 'Another policy must be put in force: `rowhouse policy set least-loaded`.';
    else
        return query select
            format('The policy %s, version %s, is in force since %s: it chooses the node.', change.name, change.version,
                rowhouse.spoken_time(change.at)),
            'policy_change', to_jsonb(change), null::text;
    end if;
end $$;
comment on function rowhouse.explain_office(rowhouse.task) is 'Who places tasks, and by which policy.';

create function rowhouse.explain_placing(task rowhouse.task)
    returns table (sentence text, relation text, content jsonb, remedy text)
    language plpgsql stable as $$
#variable_conflict use_column
declare
    need rowhouse.need;
    node rowhouse.node;
    wish text;
    nodes bigint;
    able bigint;
    free bigint;
begin
    select * into need from rowhouse.need as d where d.number = task.need;
    select string_agg(rowhouse.spoken_part(need, part), ', ') into wish from unnest(rowhouse.need_parts(need)) as part;
    wish := coalesce(wish, 'no more than a place');
    if task.placed > 0 then
        select * into node from rowhouse.node as n where n.number = task.placed;
        return query select
            case when node.ended_at is null and node.lease_until > now()
                then format('It needs %s. It is placed on node %s, which claims it next.', wish, node.name)
                else format('It needs %s. It was placed on node %s, which is gone.', wish, coalesce(node.name, task.placed::text))
            end,
            'node', to_jsonb(node),
            case when node.ended_at is null and node.lease_until > now() then null
                else 'The scheduler places it on another node within seconds.'
            end;
        return;
    end if;
    select count(*), count(*) filter (where cardinality(p.never) = 0), count(*) filter (where cardinality(p.lacking) = 0)
    into nodes, able, free
    from rowhouse.places_for(need) as p;
    if able = 0 then
        return query select * from rowhouse.explain_no_place(need, wish, nodes);
    elsif free = 0 then
        return query select * from rowhouse.explain_full(need, wish, able);
    else
        return query select
            format('It needs %s: %s could run it, and %s room now.', wish, rowhouse.counted(able, 'node'),
                case when able = 1 then 'has' else free || case when free = 1 then ' has' else ' have' end end),
            'need', to_jsonb(need), null::text;
    end if;
    return query select * from rowhouse.explain_office(task);
end $$;
comment on function rowhouse.explain_placing(rowhouse.task) is
    'What a ready task needs of its node, and what stands between it and a place.';
