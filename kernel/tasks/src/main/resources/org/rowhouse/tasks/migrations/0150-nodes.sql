-- Nodes of a cluster: what each is and has, the topology of its machine, and the operations on nodes. A node is known by its
-- name; each time it is up is one life, one row. Everything here is timed by the database's clock.

alter table rowhouse.node
    add column home         text,
    add column session      text,
    add column roles        text[]      not null default '{processor,memory,storage,device}',
    add column zone         text        not null default 'local',
    add column tier         text        not null default 'cloud',
    add column labels       text[]      not null default '{}',
    add column cores_milli  integer     not null default 0,
    add column memory_mib   bigint      not null default 0,
    add column devices      integer     not null default 0,
    add column running      integer     not null default 0,
    add column simulated    boolean     not null default false,
    add column cordoned_at  timestamptz,
    add column cordoned_by  text,
    add column draining_at  timestamptz,
    add column hand_over_at timestamptz,
    add column drained_at   timestamptz,
    add constraint node_name_form check (name <> '' and length(name) <= 200 and name !~ '[[:cntrl:]/]'),
    add constraint node_roles_known
        check (roles <@ array['processor', 'memory', 'storage', 'device'] and cardinality(roles) between 1 and 4),
    add constraint node_zone_form check (zone ~ '^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$'),
    add constraint node_tier_known check (tier in ('cloud', 'edge', 'device')),
    add constraint node_labels_bound check (cardinality(labels) <= 64),
    add constraint node_cores_bound check (cores_milli between 0 and 10000000),
    add constraint node_memory_bound check (memory_mib between 0 and 1073741824),
    add constraint node_devices_bound check (devices between 0 and 16),
    add constraint node_drain_form check ((draining_at is null) = (hand_over_at is null)
        and (draining_at is null or cordoned_at is not null) and (drained_at is null or draining_at is not null));
alter table rowhouse.node set (
    fillfactor = 40,
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);
comment on column rowhouse.node.home is 'Machine and folder it runs in: a start there proves that an earlier life is over.';
comment on column rowhouse.node.session is 'Ends the names of its connections; when its life is ended they are ended as well. Null: they are not.';
comment on column rowhouse.node.roles is 'What it offers: processor (runs tasks), memory, storage, device.';
comment on column rowhouse.node.zone is 'Where it stands: nodes of one zone are near each other.';
comment on column rowhouse.node.tier is 'cloud, edge or device.';
comment on column rowhouse.node.labels is 'Labels that needs of tasks may ask for.';
comment on column rowhouse.node.cores_milli is 'Processor cores for tasks, in thousandths.';
comment on column rowhouse.node.memory_mib is 'Memory for tasks, in MiB.';
comment on column rowhouse.node.devices is 'Accelerators, such as GPUs; what each is stands in topology.';
comment on column rowhouse.node.running is 'Tasks it was running at its last beat.';
comment on column rowhouse.node.simulated is 'True: declared by hand; no process serves it, and no task runs there.';
comment on column rowhouse.node.cordoned_at is 'Since when it claims nothing new; null: it claims. The next life of the node takes it over.';
comment on column rowhouse.node.cordoned_by is 'Who cordoned it.';
comment on column rowhouse.node.draining_at is 'Since when it gets rid of what it runs; null: it does not.';
comment on column rowhouse.node.hand_over_at is 'While draining: when tasks that have not ended are given back, at their next step if they have one.';
comment on column rowhouse.node.drained_at is 'While draining: when nothing ran on it any more.';
comment on column rowhouse.node.ended_by is 'How: close, lease (found dead), restart (came up again), forget (a simulated one).';

create unique index node_live on rowhouse.node (name) where ended_at is null;
comment on index rowhouse.node_live is 'One life at a time for each name.';

create table rowhouse.topology (
    node        text    not null,
    part        integer not null,
    parent      integer,
    kind        text    not null,
    name        text    not null,
    class       text,
    memory_mib  bigint,
    share_milli integer,
    peer        integer,
    distance    integer,
    mib_per_s   bigint,
    detail      jsonb   not null default '{}',
    primary key (node, part),
    constraint topology_part_bound check (part between 0 and 99999 and parent < part),
    constraint topology_root check ((part = 0) = (parent is null)),
    constraint topology_kind_known
        check (kind in ('machine', 'package', 'numa', 'cache', 'core', 'device', 'link')),
    constraint topology_name_form check (length(name) <= 200),
    constraint topology_device_form check ((kind = 'device') = (share_milli is not null and class is not null)),
    constraint topology_share_bound check (share_milli between 1 and 1000),
    constraint topology_link_form check ((kind = 'link') = (peer is not null and distance is not null)),
    constraint topology_memory_bound check (memory_mib between 0 and 1073741824)
);
comment on table rowhouse.topology is 'What the machines of nodes are made of: one row for each part, as a tree. Owner: tasks. Citus: local.';
comment on column rowhouse.topology.node is 'The node''s name.';
comment on column rowhouse.topology.part is 'Number of the part within the machine; 0 is the machine.';
comment on column rowhouse.topology.parent is 'The part that this one is in, or, for a link, its first end; null for the machine.';
comment on column rowhouse.topology.kind is 'machine, package, numa, cache, core, device or link.';
comment on column rowhouse.topology.name is 'What people call it; of a device: its model.';
comment on column rowhouse.topology.class is 'Kind of device, such as gpu.';
comment on column rowhouse.topology.memory_mib is 'Its own memory, in MiB: of the machine, a NUMA node or a device.';
comment on column rowhouse.topology.share_milli is 'Smallest share of a device that one task may have, in thousandths; 1000: only the whole.';
comment on column rowhouse.topology.peer is 'Of a link: the part at its other end.';
comment on column rowhouse.topology.distance is 'Of a link: 1 direct (NVLink), 2 one PCI switch, 3 one PCI host bridge, 4 one NUMA node, 5 across NUMA nodes.';
comment on column rowhouse.topology.mib_per_s is 'Of a link: its bandwidth, in MiB/s; null: not known.';
comment on column rowhouse.topology.detail is 'More about it: size of a cache, PCI address, threads of a core, who found it.';

-- Life ----------------------------------------------------------------------------------------------------------------

create function rowhouse.end_lives(numbers integer[], cause text) returns integer
    language plpgsql as $$
declare
    sessions text[];
begin
    with ended as (
        update rowhouse.node as n
        set ended_at = now(), ended_by = end_lives.cause
        where n.number = any (end_lives.numbers) and n.ended_at is null
        returning n.session
    )
    select array_agg(e.session) filter (where e.session is not null) into sessions from ended as e;
    -- A node that was stopped or cut off may hold locks in an open transaction; whoever takes its tasks would wait for it.
    if sessions is not null then
        perform pg_terminate_backend(a.pid)
        from pg_stat_activity as a
        where a.datname = current_database() and a.pid <> pg_backend_pid()
            and a.application_name like 'rowhouse %' and split_part(a.application_name, '@', 2) = any (sessions);
    end if;
    return cardinality(end_lives.numbers);
end $$;
comment on function rowhouse.end_lives(integer[], text) is
    'Ends lives of nodes, whose rows the caller has locked, and their connections.';

create function rowhouse.join_node(
    name text, home text, session text, version text, pid bigint, roles text[], zone text, tier text, labels text[],
    cores_milli integer, memory_mib bigint, lease interval)
    returns table (number integer, holder integer, holder_home text, holder_until timestamptz, left_ms bigint)
    language plpgsql as $$
#variable_conflict use_column
declare
    earlier  rowhouse.node;
    last     rowhouse.node;
begin
    select * into earlier
    from rowhouse.node as n
    where n.name = join_node.name and n.ended_at is null
    for update;
    if earlier.simulated then
        perform rowhouse.refuse('RH003', format('%s is the name of a simulated node.', rowhouse.shown(join_node.name)),
            format('Give this one another name, or forget that one: select rowhouse.forget_node(%L).', join_node.name));
    end if;
    if earlier.lease_until > clock_timestamp() and earlier.home is distinct from join_node.home then
        return query select null::integer, earlier.number, earlier.home, earlier.lease_until,
            ceil(extract(epoch from earlier.lease_until - clock_timestamp()) * 1000)::bigint;
        return;
    end if;
    if earlier.number is not null then
        perform rowhouse.end_lives(array[earlier.number],
            case when earlier.lease_until > clock_timestamp() then 'restart' else 'lease' end);
    end if;
    select * into last from rowhouse.node as n where n.name = join_node.name order by n.number desc limit 1;
    return query
        insert into rowhouse.node as fresh (
            name, home, session, version, pid, roles, zone, tier, labels, cores_milli, memory_mib, devices, lease_until,
            cordoned_at, cordoned_by)
        values (
            join_node.name, join_node.home, join_node.session, join_node.version, join_node.pid, join_node.roles,
            join_node.zone, join_node.tier, join_node.labels, join_node.cores_milli, join_node.memory_mib,
            case when 'device' = any (join_node.roles) then
                (select count(*) from rowhouse.topology as t where t.node = join_node.name and t.kind = 'device')::integer
            else 0 end,
            clock_timestamp() + join_node.lease, last.cordoned_at, last.cordoned_by)
        returning fresh.number, null::integer, null::text, null::timestamptz, null::bigint;
end $$;
comment on function rowhouse.join_node(
    text, text, text, text, bigint, text[], text, text, text[], integer, bigint, interval) is
    'Begins a life of a node and ends the one before: it gives the number. While another process holds the name it gives who does.';

-- Operations ----------------------------------------------------------------------------------------------------------

create function rowhouse.live_node(name text) returns rowhouse.node
    language plpgsql as $$
declare
    found_node rowhouse.node;
begin
    select * into found_node
    from rowhouse.node as n
    where n.name = live_node.name and n.ended_at is null
    for update;
    if not found then
        perform rowhouse.refuse('RH002', format('No node of the name %s is up.', rowhouse.shown(name)),
            '`rowhouse nodes` lists those that are.');
    end if;
    return found_node;
end $$;
comment on function rowhouse.live_node(text) is 'Locks the life of a node that goes on and gives it; without one it refuses.';

create function rowhouse.cordon_node(name text) returns void
    language plpgsql as $$
declare
    node rowhouse.node := rowhouse.live_node(cordon_node.name);
begin
    update rowhouse.node as n
    set cordoned_at = now(), cordoned_by = rowhouse.who()
    where n.number = node.number and n.cordoned_at is null;
    perform pg_notify('rowhouse', 'nodes');
end $$;
comment on function rowhouse.cordon_node(text) is 'The node claims nothing new, also in its later lives; what runs goes on.';

create function rowhouse.uncordon_node(name text) returns void
    language plpgsql as $$
declare
    node rowhouse.node := rowhouse.live_node(uncordon_node.name);
begin
    update rowhouse.node as n
    set cordoned_at = null, cordoned_by = null, draining_at = null, hand_over_at = null, drained_at = null
    where n.number = node.number and n.cordoned_at is not null;
    perform pg_notify('rowhouse', 'nodes');
end $$;
comment on function rowhouse.uncordon_node(text) is 'The node claims again and no longer drains.';

create function rowhouse.drain_node(name text, hand_over_after interval default '10 seconds') returns void
    language plpgsql as $$
declare
    node rowhouse.node := rowhouse.live_node(drain_node.name);
begin
    if hand_over_after is null then
        perform rowhouse.refuse('RH001', 'A time to hand over is missing.', 'Give one such as 10 seconds.');
    end if;
    perform rowhouse.check_between('time to hand over', hand_over_after, interval '0', interval '7 days');
    update rowhouse.node as n
    set cordoned_at = coalesce(n.cordoned_at, now()), cordoned_by = coalesce(n.cordoned_by, rowhouse.who()),
        draining_at = coalesce(n.draining_at, now()), hand_over_at = now() + hand_over_after,
        drained_at = case when node.simulated then now() end
    where n.number = node.number;
    perform pg_notify('rowhouse', 'nodes');
end $$;
comment on function rowhouse.drain_node(text, interval) is
    'Cordons the node and lets it get rid of what it runs: tasks may end until the time is over, then they are given back, at their next step if they have one.';

-- Topology and declared nodes -----------------------------------------------------------------------------------------

create function rowhouse.check_part(node text, part jsonb, parts integer) returns void
    language plpgsql as $$
declare
    place constant text := format('Part %s of node %s', part ->> 'part', rowhouse.shown(node));
    hint  constant text := 'docs/nodes.md says how a topology is declared.';
begin
    if jsonb_typeof(part) <> 'object' or coalesce(jsonb_typeof(part -> 'part'), 'null') <> 'number'
        or (part ->> 'part')::numeric not between 0 and parts - 1 or (part ->> 'part')::numeric % 1 <> 0 then
        perform rowhouse.refuse('RH001',
            format('The parts of node %s must have the numbers 0 to %s in the field part.', rowhouse.shown(node), parts - 1), hint);
    end if;
    if coalesce(part ->> 'kind', '') not in ('machine', 'package', 'numa', 'cache', 'core', 'device', 'link') then
        perform rowhouse.refuse('RH001', format('%s has the kind %s.', place, rowhouse.shown(part ->> 'kind')),
            'Kinds are machine, package, numa, cache, core, device and link.');
    end if;
    if ((part ->> 'part')::integer = 0) <> ((part ->> 'parent') is null)
        or (part ->> 'parent')::numeric not between 0 and (part ->> 'part')::numeric - 1 then
        perform rowhouse.refuse('RH001', format('%s must have an earlier part as its parent; part 0, the machine, has none.', place), hint);
    end if;
    if (part ->> 'memory_mib')::numeric not between 0 and 1073741824 then
        perform rowhouse.refuse('RH001',
            format('%s has %s MiB of memory; 0 to 1073741824 can be.', place, left(part ->> 'memory_mib', 40)), hint);
    end if;
    if part ->> 'kind' = 'device' and coalesce((part ->> 'share_milli')::numeric, 1) not between 1 and 1000 then
        perform rowhouse.refuse('RH001', format('%s has the smallest share %s; 1 to 1000 thousandths can be.', place,
            left(part ->> 'share_milli', 40)), hint);
    end if;
    if part ->> 'kind' = 'link' and ((part ->> 'peer') is null or (part ->> 'distance') is null
        or (part ->> 'peer')::numeric not between 0 and parts - 1 or (part ->> 'distance')::numeric not between 0 and 1000) then
        perform rowhouse.refuse('RH001', format('%s is a link without a peer among the parts, or without a distance.', place), hint);
    end if;
exception when invalid_text_representation or numeric_value_out_of_range then
    perform rowhouse.refuse('RH001', format('%s has a field that must be a number and is none.', place), hint);
end $$;
comment on function rowhouse.check_part(text, jsonb, integer) is 'Refuses a part of a topology that cannot be.';

create function rowhouse.record_topology(node text, parts jsonb) returns integer
    language plpgsql as $$
#variable_conflict use_column
declare
    part         jsonb;
    device_count integer;
begin
    if jsonb_typeof(parts) is distinct from 'array' or jsonb_array_length(parts) not between 1 and 20000 then
        perform rowhouse.refuse('RH001', format('The topology of node %s must be an array of 1 to 20000 parts.', rowhouse.shown(node)),
            'docs/nodes.md says how a topology is declared.');
    end if;
    for part in select * from jsonb_array_elements(parts) loop
        perform rowhouse.check_part(node, part, jsonb_array_length(parts));
    end loop;
    select count(*) into device_count from jsonb_array_elements(parts) as p where p ->> 'kind' = 'device';
    if device_count > 16 then
        perform rowhouse.refuse('RH001', format('Node %s has %s devices; 16 can be.', rowhouse.shown(node), device_count),
            'Declare more nodes with fewer devices each.');
    end if;
    delete from rowhouse.topology as t where t.node = record_topology.node;
    insert into rowhouse.topology (
        node, part, parent, kind, name, class, memory_mib, share_milli, peer, distance, mib_per_s, detail)
    select record_topology.node, p.part, p.parent, p.kind, coalesce(p.name, p.kind),
        case when p.kind = 'device' then coalesce(p.class, 'gpu') end, p.memory_mib,
        case when p.kind = 'device' then coalesce(p.share_milli, 1) end,
        p.peer, p.distance, p.mib_per_s, coalesce(p.detail, '{}')
    from jsonb_to_recordset(parts) as p (
        part integer, parent integer, kind text, name text, class text, memory_mib bigint, share_milli integer,
        peer integer, distance integer, mib_per_s bigint, detail jsonb)
    order by p.part;
    update rowhouse.node as n
    set devices = case when 'device' = any (n.roles) then device_count else 0 end
    where n.name = record_topology.node and n.ended_at is null;
    return jsonb_array_length(parts);
end $$;
comment on function rowhouse.record_topology(text, jsonb) is
    'Records what a node''s machine is made of, in place of what was recorded before; gives the number of parts.';

create function rowhouse.refresh_topology(node text, parts jsonb) returns integer
    language plpgsql as $$
declare
    digest constant text := md5(parts::text);
    recorded integer;
begin
    if exists (
        select from rowhouse.topology as t
        where t.node = refresh_topology.node and t.part = 0 and t.detail ->> 'digest' = digest) then
        return 0;
    end if;
    recorded := rowhouse.record_topology(node, parts);
    update rowhouse.topology as t
    set detail = t.detail || jsonb_build_object('digest', digest)
    where t.node = refresh_topology.node and t.part = 0;
    return recorded;
end $$;
comment on function rowhouse.refresh_topology(text, jsonb) is
    'Records what a node''s machine is made of, unless just that is recorded; gives the number of parts, or 0.';

create function rowhouse.declared_parts(node jsonb) returns jsonb
    language plpgsql as $$
declare
    parts jsonb := jsonb_build_array(jsonb_strip_nulls(jsonb_build_object(
        'part', 0, 'kind', 'machine', 'name', node ->> 'name', 'memory_mib', node -> 'memory_mib')));
    device jsonb;
begin
    if node ? 'topology' then
        return node -> 'topology';
    end if;
    for device in select * from jsonb_array_elements(coalesce(node -> 'devices', '[]')) loop
        if jsonb_typeof(device) <> 'object' or coalesce((device ->> 'count')::numeric, 1) not between 1 and 16 then
            perform rowhouse.refuse('RH001', format('A device of node %s is no object, or its count is not 1 to 16.', rowhouse.shown(node ->> 'name')),
                'Give devices as in [{"class": "gpu", "model": "A100", "count": 8, "memory_mib": 81920}].');
        end if;
        for i in 1..coalesce((device ->> 'count')::integer, 1) loop
            parts := parts || jsonb_strip_nulls(jsonb_build_object(
                'part', jsonb_array_length(parts), 'parent', 0, 'kind', 'device', 'name', device -> 'model',
                'class', device -> 'class', 'memory_mib', device -> 'memory_mib', 'share_milli', device -> 'share_milli'));
        end loop;
    end loop;
    return parts;
end $$;
comment on function rowhouse.declared_parts(jsonb) is 'The topology of a declared node: as it is given, or made of its devices.';

create function rowhouse.check_declared(node jsonb) returns void
    language plpgsql as $$
declare
    what  constant text := format('Node %s', rowhouse.shown(node ->> 'name'));
    hint  constant text := 'docs/nodes.md says how nodes are declared.';
    field text;
begin
    if jsonb_typeof(node) <> 'object' or coalesce(jsonb_typeof(node -> 'name'), '') <> 'string'
        or length(node ->> 'name') not between 1 and 200 or (node ->> 'name') ~ '[[:cntrl:]/]' then
        perform rowhouse.refuse('RH001', 'A declared node must be an object with a name of 1 to 200 characters without a slash.', hint);
    end if;
    for field in select jsonb_object_keys(node) loop
        if field not in ('name', 'zone', 'tier', 'roles', 'labels', 'cores', 'memory_mib', 'devices', 'topology') then
            perform rowhouse.refuse('RH001', format('%s has the unknown field %s.', what, rowhouse.shown(field)), hint);
        end if;
    end loop;
    if coalesce((node ->> 'cores')::numeric, 1) not between 0 and 10000 then
        perform rowhouse.refuse('RH001', format('%s declares %s cores; 0 to 10000 can be.', what, left(node ->> 'cores', 40)), hint);
    end if;
    if coalesce((node ->> 'memory_mib')::numeric, 1) not between 0 and 1073741824 then
        perform rowhouse.refuse('RH001',
            format('%s declares %s MiB of memory; 0 to 1073741824 can be.', what, left(node ->> 'memory_mib', 40)), hint);
    end if;
    if coalesce(node ->> 'tier', 'cloud') not in ('cloud', 'edge', 'device') then
        perform rowhouse.refuse('RH001', format('%s has the tier %s.', what, rowhouse.shown(node ->> 'tier')), 'Tiers are cloud, edge and device.');
    end if;
    if coalesce(node ->> 'zone', 'local') !~ '^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$' then
        perform rowhouse.refuse('RH001', format('%s has the zone %s.', what, rowhouse.shown(node ->> 'zone')),
            'A zone has 1 to 128 letters, digits and . _ : / -, a letter or digit first.');
    end if;
    if exists (
        select from jsonb_array_elements_text(coalesce(node -> 'roles', '[]')) as role
        where role not in ('processor', 'memory', 'storage', 'device')) then
        perform rowhouse.refuse('RH001', format('%s has an unknown role.', what), 'Roles are processor, memory, storage and device.');
    end if;
    if jsonb_array_length(coalesce(node -> 'labels', '[]')) > 64 then
        perform rowhouse.refuse('RH001', format('%s has more than 64 labels.', what), hint);
    end if;
exception when invalid_text_representation or numeric_value_out_of_range or invalid_parameter_value then
    perform rowhouse.refuse('RH001', format('%s has a field of the wrong type.', what), hint);
end $$;
comment on function rowhouse.check_declared(jsonb) is 'Refuses a declared node that cannot be, such as one with -1 cores.';

create function rowhouse.declare_nodes(nodes jsonb) returns table (name text, parts integer)
    language plpgsql as $$
#variable_conflict use_column
declare
    node    jsonb;
    earlier rowhouse.node;
begin
    if jsonb_typeof(nodes) is distinct from 'array' or jsonb_array_length(nodes) not between 1 and 5000 then
        perform rowhouse.refuse('RH001', 'Declared nodes come as an array of 1 to 5000 objects.', 'Give one call for each 5000.');
    end if;
    for node in select each from jsonb_array_elements(nodes) as each order by each ->> 'name' loop
        perform rowhouse.check_declared(node);
        select * into earlier from rowhouse.node as n where n.name = node ->> 'name' and n.ended_at is null for update;
        if earlier.number is not null and not earlier.simulated then
            perform rowhouse.refuse('RH003', format('Node %s is up: it cannot be a simulated one.', rowhouse.shown(node ->> 'name')),
                'Give the simulated node another name.');
        end if;
        insert into rowhouse.node as n (
            name, version, pid, lease_until, simulated, roles, zone, tier, labels, cores_milli, memory_mib)
        select node ->> 'name', 'simulated', 0, 'infinity', true,
            case when node ? 'roles' then array(select jsonb_array_elements_text(node -> 'roles'))
                else '{processor,memory,storage,device}' end,
            coalesce(node ->> 'zone', 'local'), coalesce(node ->> 'tier', 'cloud'),
            array(select jsonb_array_elements_text(coalesce(node -> 'labels', '[]'))),
            round(coalesce((node ->> 'cores')::numeric, 1) * 1000)::integer, coalesce((node ->> 'memory_mib')::bigint, 1024)
        on conflict (name) where ended_at is null do update
        set roles = excluded.roles, zone = excluded.zone, tier = excluded.tier, labels = excluded.labels,
            cores_milli = excluded.cores_milli, memory_mib = excluded.memory_mib;
        return query select node ->> 'name', rowhouse.record_topology(node ->> 'name', rowhouse.declared_parts(node));
    end loop;
    perform pg_notify('rowhouse', 'nodes');
end $$;
comment on function rowhouse.declare_nodes(jsonb) is
    'Makes simulated nodes or changes them, from an array of objects; gives the name and number of parts of each.';

create function rowhouse.forget_node(name text) returns void
    language plpgsql as $$
declare
    node rowhouse.node := rowhouse.live_node(forget_node.name);
begin
    if not node.simulated then
        perform rowhouse.refuse('RH003', format('Node %s is up.', rowhouse.shown(name)), 'Stop it with `rowhouse down` instead.');
    end if;
    update rowhouse.node as n set ended_at = now(), ended_by = 'forget' where n.number = node.number;
    delete from rowhouse.topology as t where t.node = forget_node.name;
    perform pg_notify('rowhouse', 'nodes');
end $$;
comment on function rowhouse.forget_node(text) is 'Ends a simulated node and deletes its topology.';
