-- Regions: named memory of the cluster, where each has its home, and who may use which verbs. What a region holds is in the
-- memory of its home's process, never here. Everything is timed by the database's clock.
-- Refusals raise RH001 (invalid argument), RH002 (not found) or RH003 (conflict), with a hint.

create table rowhouse.region_home (
    life        integer     not null primary key,
    lease_until timestamptz not null,
    room        bigint      not null
);
alter table rowhouse.region_home set (
    fillfactor = 40,
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);
comment on table rowhouse.region_home is 'Lives of nodes that are homes of regions, and their leases. Owner: memory. Citus: local.';
comment on column rowhouse.region_home.life is 'The life of a node: node.number.';
comment on column rowhouse.region_home.lease_until is 'It may answer for its regions until then, unless it renews; nobody else takes them before.';
comment on column rowhouse.region_home.room is 'Bytes that it can take in further regions.';

create table rowhouse.region (
    number      bigint      not null generated always as identity primary key,
    name        text        not null unique,
    bytes       bigint      not null,
    component   text,
    node        text,
    home        integer     references rowhouse.region_home,
    incarnation bigint      not null default 0,
    began_at    timestamptz,
    created_at  timestamptz not null default now(),
    created_by  text        not null default current_user,
    constraint region_name_form check (name ~ '^[A-Za-z0-9][A-Za-z0-9._:-]{0,199}$'),
    constraint region_bytes_bound check (bytes between 8 and 1099511627776 and bytes % 8 = 0),
    constraint region_began check ((incarnation = 0) = (began_at is null)),
    constraint region_home_form check (home is null or incarnation > 0)
);
comment on table rowhouse.region is 'Named memory of the cluster. Owner: memory. Citus: local.';
comment on column rowhouse.region.number is 'Its number; never used again.';
comment on column rowhouse.region.name is 'Its name.';
comment on column rowhouse.region.bytes is 'Its size; a multiple of 8.';
comment on column rowhouse.region.component is 'The component that exports it and may use all verbs; null: nodes with the role memory keep it.';
comment on column rowhouse.region.node is 'Name of the only node that may be its home; null: any with the role memory and room for it.';
comment on column rowhouse.region.home is 'The life of the node that holds its memory; null: it has no home.';
comment on column rowhouse.region.incarnation is 'How often it has begun, empty each time; 0: it never had a home.';
comment on column rowhouse.region.began_at is 'When this incarnation began.';
comment on column rowhouse.region.created_at is 'When it was made.';
comment on column rowhouse.region.created_by is 'Who made it.';

create index region_homes on rowhouse.region (home);
comment on index rowhouse.region_homes is 'The regions of a home, at each of its beats.';

create table rowhouse.region_right (
    region     bigint      not null references rowhouse.region on delete cascade,
    grantee    text        not null,
    verbs      text[]      not null,
    granted_at timestamptz not null default now(),
    granted_by text        not null default current_user,
    primary key (region, grantee),
    constraint region_right_grantee_form
        check (grantee = 'everyone' or grantee ~ '^(component|account|device):[^[:cntrl:]]{1,200}$'),
    constraint region_right_verbs_known check (
        verbs <@ array['read', 'write', 'compare-and-set', 'fetch-add', 'watch'] and cardinality(verbs) between 1 and 5)
);
comment on table rowhouse.region_right is 'Who may use which verbs in a region. Owner: memory. Citus: local.';
comment on column rowhouse.region_right.region is 'The region: region.number.';
comment on column rowhouse.region_right.grantee is 'Who: component:NAME, account:NAME, device:NAME or everyone.';
comment on column rowhouse.region_right.verbs is 'What it may do: read, write, compare-and-set, fetch-add, watch.';
comment on column rowhouse.region_right.granted_at is 'When this was last changed.';
comment on column rowhouse.region_right.granted_by is 'Who changed it.';

-- Homes ---------------------------------------------------------------------------------------------------------------

create function rowhouse.beat_region_home(
    life integer, node text, room bigint, lease interval, needed boolean, takes boolean, most integer)
    returns boolean
    language plpgsql as $$
#variable_conflict use_variable
declare
    cordoned boolean;
    lapsed   integer[];
    free     bigint := room;
    r        record;
begin
    select n.cordoned_at is not null into cordoned
    from rowhouse.node as n
    where n.number = life and n.ended_at is null;
    if not found then
        return false;
    end if;
    if not needed and not exists (
        select
        from rowhouse.region as g
        left join rowhouse.region_home as h on h.life = g.home and h.lease_until >= now()
        where h.life is null and g.component is null and (g.node is null or g.node = node) and g.bytes <= free
    ) then
        return true; -- it has nothing, and there is nothing to take
    end if;
    -- Whoever takes a home's regions locks its row first: if this renews, they were not taken, and will not be.
    insert into rowhouse.region_home as h (life, lease_until, room)
    values (life, now() + lease, room)
    on conflict on constraint region_home_pkey
        do update set lease_until = excluded.lease_until, room = excluded.room;
    if not takes or cordoned then
        return true;
    end if;
    select array_agg(h.life) into lapsed
    from (
        select h.life
        from rowhouse.region_home as h
        where h.lease_until < now() and h.life <> life
        order by h.life
        for update skip locked
    ) as h;
    for r in
        select g.number, g.bytes
        from rowhouse.region as g
        where (g.home is null or g.home = any (lapsed)) and g.component is null and (g.node is null or g.node = node)
            and g.bytes <= free
        order by g.number
        limit most
        for update skip locked
    loop
        continue when r.bytes > free;
        free := free - r.bytes;
        update rowhouse.region as g
        set home = life, incarnation = g.incarnation + 1, began_at = now()
        where g.number = r.number;
    end loop;
    delete from rowhouse.region_home as h
    where h.life = any (lapsed) and not exists (select from rowhouse.region as g where g.home = h.life);
    return true;
end $$;
comment on function rowhouse.beat_region_home(integer, text, bigint, interval, boolean, boolean, integer) is
    'Renews the lease of a home that needs one, if the life of its node is not over, and lets it take regions that have no home, or one whose lease is over. Gives false if the life is over.';

create function rowhouse.export_region(name text, bytes bigint, component text, life integer, by_user text)
    returns bigint
    language plpgsql as $$
#variable_conflict use_variable
declare
    r    rowhouse.region;
    held timestamptz;
begin
    insert into rowhouse.region as g (name, bytes, component, created_by)
    values (name, bytes, component, by_user)
    on conflict on constraint region_name_key do nothing;
    select * into r from rowhouse.region as g where g.name = name for update;
    if r.component is distinct from component then
        raise exception using errcode = 'RH003',
            message = format('The region ''%s'' is %s.', name,
                coalesce('exported by the component ''' || r.component || '''', 'kept by memory nodes')),
            hint = 'Give this one another name.';
    end if;
    if r.home = life and r.bytes = bytes then
        return r.incarnation;
    end if;
    select h.lease_until into held from rowhouse.region_home as h where h.life = r.home for update;
    if r.home <> life and held >= now() then
        raise exception using errcode = 'RH003',
            message = format('The region ''%s'' is exported by another node.', name),
            hint = 'Open it there, or stop that node first.';
    end if;
    update rowhouse.region as g
    set home = life, bytes = export_region.bytes, incarnation = g.incarnation + 1, began_at = now()
    where g.number = r.number;
    return r.incarnation + 1;
end $$;
comment on function rowhouse.export_region(text, bigint, text, integer, text) is
    'Makes a life of a node, which has a lease, the home of a component''s region. Gives the incarnation.';

create function rowhouse.leave_region_home(life integer) returns void
    language plpgsql as $$
begin
    update rowhouse.region_home as h set lease_until = '-infinity' where h.life = leave_region_home.life;
end $$;
comment on function rowhouse.leave_region_home(integer) is 'Gives a home''s lease up: others may take its regions at once.';

-- Operations ----------------------------------------------------------------------------------------------------------

create function rowhouse.create_region(name text, bytes bigint, node text, by_user text) returns bigint
    language plpgsql as $$
declare
    created bigint;
begin
    if name is null or name !~ '^[A-Za-z0-9][A-Za-z0-9._:-]{0,199}$' then
        raise exception using errcode = 'RH001',
            message = format('''%s'' is no name for a region.', name),
            hint = 'Use up to 200 letters, digits and . _ : -, beginning with a letter or digit.';
    end if;
    if bytes is null or bytes not between 8 and 1099511627776 or bytes % 8 <> 0 then
        raise exception using errcode = 'RH001',
            message = format('A region cannot have %s bytes.', bytes),
            hint = 'Give a multiple of 8, up to 1 TiB.';
    end if;
    insert into rowhouse.region (name, bytes, node, created_by)
    values (create_region.name, create_region.bytes, create_region.node, create_region.by_user)
    on conflict on constraint region_name_key do nothing
    returning number into created;
    if created is null then
        raise exception using errcode = 'RH003',
            message = format('There is a region ''%s'' already.', name),
            hint = 'Drop it first, or choose another name.';
    end if;
    perform pg_notify('rowhouse', 'regions');
    return created;
end $$;
comment on function rowhouse.create_region(text, bigint, text, text) is
    'Makes a region that nodes with the role memory keep; the first with room for it becomes its home.';

create function rowhouse.drop_region(name text) returns bigint
    language plpgsql as $$
declare
    dropped bigint;
begin
    delete from rowhouse.region as g where g.name = drop_region.name returning g.number into dropped;
    if dropped is null then
        raise exception using errcode = 'RH002',
            message = format('There is no region ''%s''.', name), hint = 'See rowhouse regions.';
    end if;
    perform pg_notify('rowhouse', 'regions');
    return dropped;
end $$;
comment on function rowhouse.drop_region(text) is 'Drops a region with what it holds; its home gives the memory back.';

create function rowhouse.grant_region(name text, grantee text, verbs text[], by_user text) returns void
    language plpgsql as $$
declare
    target bigint := (select g.number from rowhouse.region as g where g.name = grant_region.name);
begin
    if target is null then
        raise exception using errcode = 'RH002',
            message = format('There is no region ''%s''.', name), hint = 'See rowhouse regions.';
    end if;
    if grantee is null or grantee !~ '^(component|account|device):[^[:cntrl:]]{1,200}$' and grantee <> 'everyone' then
        raise exception using errcode = 'RH001',
            message = format('''%s'' is nobody who could have rights.', grantee),
            hint = 'Name component:NAME, account:NAME, device:NAME or everyone.';
    end if;
    if verbs is null or not verbs <@ array['read', 'write', 'compare-and-set', 'fetch-add', 'watch'] then
        raise exception using errcode = 'RH001',
            message = format('Not all of these are verbs: %s.', array_to_string(verbs, ', ')),
            hint = 'The verbs are read, write, compare-and-set, fetch-add, watch.';
    end if;
    if cardinality(verbs) = 0 then
        delete from rowhouse.region_right as r where r.region = target and r.grantee = grant_region.grantee;
    else
        insert into rowhouse.region_right as r (region, grantee, verbs, granted_by)
        values (target, grant_region.grantee, array(select distinct v from unnest(grant_region.verbs) as v order by v),
            grant_region.by_user)
        on conflict on constraint region_right_pkey
            do update set verbs = excluded.verbs, granted_at = now(), granted_by = excluded.granted_by;
    end if;
    perform pg_notify('rowhouse', 'regions');
end $$;
comment on function rowhouse.grant_region(text, text, text[], text) is
    'Says which verbs somebody may use in a region; none takes the right away. Homes follow within a beat.';
