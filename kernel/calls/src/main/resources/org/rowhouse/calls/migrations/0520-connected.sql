-- Devices and edge nodes that are connected: which node's door, what they offer. A small table without a bucket. What belongs to
-- a node's life is of no use after it and is deleted by whoever writes next.

create table rowhouse.connected_device (
    node    integer     not null,
    name    text        not null check (length(name) between 1 and 255),
    door    text        not null check (door in ('stream', 'datagram', 'mqtt')),
    address text        check (length(address) between 1 and 255),
    follows boolean     not null,
    offers  text[]      not null check (cardinality(offers) <= 256),
    since   timestamptz not null default now(),
    primary key (node, name, door)
);
comment on table rowhouse.connected_device is
    'Devices and edge nodes that are connected to doors of nodes. Owner: calls. Citus: local.';
comment on column rowhouse.connected_device.node is 'Number of the life of the node whose door it is.';
comment on column rowhouse.connected_device.name is 'The name by which it showed its token, or the account''s.';
comment on column rowhouse.connected_device.door is
    'How it is connected: stream (the wire protocol by TCP or TLS), datagram (by UDP), mqtt.';
comment on column rowhouse.connected_device.address is 'Where others reach it, as it says itself; null if only its node does.';
comment on column rowhouse.connected_device.follows is
    'Whether it follows its node''s directory of who is there, and so stands in that of every node.';
comment on column rowhouse.connected_device.offers is 'Names of what it says that it is good for.';
comment on column rowhouse.connected_device.since is 'When it connected, or changed what it says of itself.';

create function rowhouse.note_devices(
    node integer, names text[], doors text[], addresses text[], follow boolean[], offered_by integer[], offered text[],
    gone_names text[], gone_doors text[]) returns void
    language plpgsql as $$
#variable_conflict use_column
begin
    delete from rowhouse.connected_device as d
    where not exists (select from rowhouse.node as n where n.number = d.node and n.ended_at is null);
    delete from rowhouse.connected_device as d
    using unnest(note_devices.gone_names, note_devices.gone_doors) as gone (name, door)
    where d.node = note_devices.node and d.name = gone.name and d.door = gone.door;
    insert into rowhouse.connected_device as d (node, name, door, address, follows, offers)
    select note_devices.node, came.name, came.door, nullif(came.address, ''), came.follows, coalesce(offers.names, '{}')
    from unnest(note_devices.names, note_devices.doors, note_devices.addresses, note_devices.follow)
        with ordinality as came (name, door, address, follows, ordinality)
    left join (
        select one.by, array_agg(one.name) as names
        from unnest(note_devices.offered_by, note_devices.offered) as one (by, name)
        group by one.by) as offers on offers.by = came.ordinality
    order by came.name, came.door
    on conflict (node, name, door) do update
    set address = excluded.address, follows = excluded.follows, offers = excluded.offers, since = now();
    perform pg_notify('rowhouse', 'connected');
end $$;
comment on function rowhouse.note_devices(
    integer, text[], text[], text[], boolean[], integer[], text[], text[], text[]) is
    'Says which devices have come to a node''s doors, or changed, and which are gone; a set at a time. Owner: calls.';

create function rowhouse.end_devices(node integer) returns void
    language plpgsql as $$
begin
    delete from rowhouse.connected_device as d where d.node = end_devices.node;
    if found then
        perform pg_notify('rowhouse', 'connected');
    end if;
end $$;
comment on function rowhouse.end_devices(integer) is 'Says that a node''s doors are closed. Owner: calls.';
