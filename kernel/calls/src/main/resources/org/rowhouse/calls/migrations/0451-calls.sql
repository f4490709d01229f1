-- Calls between components: who serves what where, how to reach a node, which ways are shut, what was traced, and how the calls
-- of an operation are made. Small tables without a bucket, but for spans. What belongs to a node's life is of no use after it
-- and is deleted by whoever looks next. Refusals raise RH001 (invalid argument) or RH002 (not found), with a hint.

create table rowhouse.wire_address (
    node       integer     not null primary key,
    machine    text        not null check (length(machine) between 1 and 200),
    tcp        text        check (length(tcp) <= 300),
    tls        text        check (length(tls) <= 300),
    ring       text        check (length(ring) <= 4096),
    key        text        not null check (key ~ '^[0-9a-f]{64}$'),
    since      timestamptz not null default now()
);
comment on table rowhouse.wire_address is 'Where other nodes reach a node for calls. Owner: calls. Citus: local.';
comment on column rowhouse.wire_address.node is 'Number of the node''s life.';
comment on column rowhouse.wire_address.machine is 'Its machine: nodes of the same one use shared memory or loopback.';
comment on column rowhouse.wire_address.tcp is 'Host and port on its own machine, without encryption; null for none.';
comment on column rowhouse.wire_address.tls is 'Host and port for other machines, by TLS with certificates of the cluster; null for none.';
comment on column rowhouse.wire_address.ring is 'Path, on its own machine, where shared memory is asked for; null for none.';
comment on column rowhouse.wire_address.key is
    'By which it proves to nodes of its machine who it is, hexadecimal; another one in each life. Not readable in statements of viewers and operators.';
comment on column rowhouse.wire_address.since is 'When it began to listen.';

create table rowhouse.instance (
    node       integer     not null,
    interface  text        not null check (length(interface) between 1 and 200),
    component  text        not null,
    version    text        not null,
    operations text[]      not null check (cardinality(operations) between 1 and 200),
    since      timestamptz not null default now(),
    primary key (node, interface, component)
);
comment on table rowhouse.instance is
    'Which node serves which interface, by which version of which component. Owner: calls. Citus: local.';
comment on column rowhouse.instance.node is 'Number of the node''s life.';
comment on column rowhouse.instance.interface is 'Full name of the Java interface.';
comment on column rowhouse.instance.component is 'The component that serves it there.';
comment on column rowhouse.instance.version is 'Its version; calls go to the component''s current one.';
comment on column rowhouse.instance.operations is 'Names of the operations.';
comment on column rowhouse.instance.since is 'When the node loaded it.';
create index instance_interface on rowhouse.instance (interface);
comment on index rowhouse.instance_interface is 'The instances of one interface.';

create table rowhouse.breaker (
    node       integer     not null,
    target     integer     not null,
    operation  text        not null,
    state      text        not null check (state in ('closed', 'open', 'half-open')),
    failures   integer     not null,
    opened_at  timestamptz,
    retry_at   timestamptz,
    reason     text,
    changed_at timestamptz not null default now(),
    primary key (node, target, operation)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);
comment on table rowhouse.breaker is
    'Ways of calls that have failed: a node calls a target no more while its breaker is open. Owner: calls. Citus: local.';
comment on column rowhouse.breaker.node is 'Number of the life of the node that calls.';
comment on column rowhouse.breaker.target is 'Number of the life of the node that is called.';
comment on column rowhouse.breaker.operation is 'interface/method.';
comment on column rowhouse.breaker.state is 'open (not called), half-open (one call tries), closed (well again).';
comment on column rowhouse.breaker.failures is 'How many calls in a row have failed.';
comment on column rowhouse.breaker.opened_at is 'When it opened last.';
comment on column rowhouse.breaker.retry_at is 'While open: when one call may try.';
comment on column rowhouse.breaker.reason is 'What the last failure was, at most 500 characters.';
comment on column rowhouse.breaker.changed_at is 'When the state changed last.';

create table rowhouse.operation (
    name         text        not null primary key check (name ~ '^[A-Za-z_][A-Za-z0-9_.]*/[A-Za-z_$][A-Za-z0-9_$]*$' and length(name) <= 401),
    traced_milli integer     check (traced_milli between 0 and 1000),
    timeout      interval    check (timeout between interval '1 millisecond' and interval '24 hours'),
    durable      boolean     not null default false,
    changed_at   timestamptz not null default now(),
    changed_by   text        not null default current_user
);
comment on table rowhouse.operation is
    'How calls of an operation are made, where that differs from what its author says. Owner: calls. Citus: local.';
comment on column rowhouse.operation.name is 'interface/method.';
comment on column rowhouse.operation.traced_milli is 'Share of its calls that are traced when they begin a trace, in thousandths; null: as the setting says.';
comment on column rowhouse.operation.timeout is 'How long a call may take; null: as its author says.';
comment on column rowhouse.operation.durable is 'True: each call is a task, and its result is awaited; it survives the death of nodes.';
comment on column rowhouse.operation.changed_at is 'When it was last changed.';
comment on column rowhouse.operation.changed_by is 'Who changed it.';
create trigger keep_history before update or delete on rowhouse.operation
    for each row execute function rowhouse.keep_history();

create table rowhouse.call_span (
    bucket      smallint    not null,
    trace       uuid        not null,
    id          bigint      not null,
    kind        text        not null,
    parent      bigint,
    operation   text        not null,
    component   text,
    node        integer     not null,
    target      integer,
    task        uuid,
    started_at  timestamptz not null,
    duration_us bigint      not null,
    outcome     text        not null,
    detail      text,
    primary key (bucket, trace, id, kind)
) with (
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_vacuum_insert_scale_factor = 0.2, autovacuum_vacuum_insert_threshold = 200000,
    autovacuum_analyze_scale_factor = 0.2, autovacuum_analyze_threshold = 20000,
    autovacuum_vacuum_cost_delay = 0);
comment on table rowhouse.call_span is 'Calls that were traced, never changed. Owner: calls. Citus: distributed.';
comment on column rowhouse.call_span.bucket is 'Decided by the trace, so that a trace lies in one bucket.';
comment on column rowhouse.call_span.trace is 'The trace: of a task''s calls its root task''s id, else random, or what came from outside (W3C Trace Context).';
comment on column rowhouse.call_span.id is 'The span''s 64 bits; what the caller and the called see of one call have the same.';
comment on column rowhouse.call_span.kind is 'call (as the caller saw it) or served (as the called saw it).';
comment on column rowhouse.call_span.parent is 'The span it was made in; null for the first.';
comment on column rowhouse.call_span.operation is 'interface/method.';
comment on column rowhouse.call_span.component is 'The component that served it; null if none was found.';
comment on column rowhouse.call_span.node is 'Number of the life of the node that recorded this.';
comment on column rowhouse.call_span.target is 'Of a call: number of the life of the node that served it; null if none did.';
comment on column rowhouse.call_span.task is 'The task that called, or that served a durable call; null for none.';
comment on column rowhouse.call_span.started_at is 'When it began, by the database''s clock.';
comment on column rowhouse.call_span.duration_us is 'How long it took, in microseconds; of a stream until its end.';
comment on column rowhouse.call_span.outcome is 'ok, or the code of its error.';
comment on column rowhouse.call_span.detail is 'The error''s sentence, at most 500 characters; null if it went well.';
create index call_span_started on rowhouse.call_span (bucket, started_at);
comment on index rowhouse.call_span_started is 'The newest spans of a bucket, and the oldest, which are deleted first.';
alter table rowhouse.call_span alter column operation set statistics 10, alter column trace set statistics 10;

insert into rowhouse.setting (name, value, unit, meaning) values
    ('retention_spans', '7 days', 'interval', 'Spans of traced calls are deleted after this time.');

-- A node's own part ---------------------------------------------------------------------------------------------------

create function rowhouse.listen_for_calls(
    node integer, machine text, tcp text, tls text, ring text, key text) returns void
    language plpgsql as $$
#variable_conflict use_column
begin
    delete from rowhouse.wire_address as a
    where not exists (select from rowhouse.node as n where n.number = a.node and n.ended_at is null);
    delete from rowhouse.instance as i
    where not exists (select from rowhouse.node as n where n.number = i.node and n.ended_at is null);
    delete from rowhouse.breaker as b
    where not exists (select from rowhouse.node as n where n.number = b.node and n.ended_at is null);
    insert into rowhouse.wire_address as a (node, machine, tcp, tls, ring, key)
    values (listen_for_calls.node, listen_for_calls.machine, listen_for_calls.tcp, listen_for_calls.tls,
        listen_for_calls.ring, listen_for_calls.key)
    on conflict (node) do update
    set machine = excluded.machine, tcp = excluded.tcp, tls = excluded.tls, ring = excluded.ring,
        key = excluded.key;
    perform pg_notify('rowhouse', 'interfaces');
end $$;
comment on function rowhouse.listen_for_calls(integer, text, text, text, text, text) is
    'Says where a node takes calls, and deletes what lives of nodes that are over have left. Owner: calls.';

create function rowhouse.serve_interface(
    node integer, interface text, component text, version text, operations text[]) returns void
    language plpgsql as $$
#variable_conflict use_column
begin
    insert into rowhouse.instance as i (node, interface, component, version, operations)
    values (serve_interface.node, serve_interface.interface, serve_interface.component, serve_interface.version,
        serve_interface.operations)
    on conflict (node, interface, component) do update
    set version = excluded.version, operations = excluded.operations, since = now();
    perform pg_notify('rowhouse', 'interfaces');
end $$;
comment on function rowhouse.serve_interface(integer, text, text, text, text[]) is
    'Says that a node serves an interface. Owner: calls.';

create function rowhouse.end_calls(node integer) returns void
    language plpgsql as $$
begin
    delete from rowhouse.instance as i where i.node = end_calls.node;
    delete from rowhouse.wire_address as a where a.node = end_calls.node;
    delete from rowhouse.breaker as b where b.node = end_calls.node;
    perform pg_notify('rowhouse', 'interfaces');
end $$;
comment on function rowhouse.end_calls(integer) is 'Says that a node takes no more calls. Owner: calls.';

create function rowhouse.note_breakers(
    node integer, targets integer[], operations text[], states text[], failures integer[], retries_ms bigint[], reasons text[])
    returns void
    language plpgsql as $$
#variable_conflict use_column
begin
    insert into rowhouse.breaker as b (node, target, operation, state, failures, opened_at, retry_at, reason)
    select note_breakers.node, asked.target, asked.operation, asked.state, asked.failures,
        case when asked.state = 'closed' then null else now() end, now() + asked.retry_ms * interval '1 millisecond', asked.reason
    from unnest(note_breakers.targets, note_breakers.operations, note_breakers.states, note_breakers.failures,
        note_breakers.retries_ms, note_breakers.reasons) as asked (target, operation, state, failures, retry_ms, reason)
    order by asked.target, asked.operation
    on conflict (node, target, operation) do update
    set state = excluded.state, failures = excluded.failures, retry_at = excluded.retry_at, reason = excluded.reason,
        opened_at = case
            when excluded.state = 'open' then excluded.opened_at when excluded.state = 'closed' then null else b.opened_at end,
        changed_at = now();
end $$;
comment on function rowhouse.note_breakers(integer, integer[], text[], text[], integer[], bigint[], text[]) is
    'Writes how a node''s breakers stand, a set at a time. Owner: calls.';

-- What people do ------------------------------------------------------------------------------------------------------

create function rowhouse.set_operation(
    name text, traced numeric default null, timeout interval default null, durable boolean default null) returns void
    language plpgsql as $$
#variable_conflict use_column
begin
    if set_operation.name is null or length(set_operation.name) > 401
        or set_operation.name !~ '^[A-Za-z_][A-Za-z0-9_.]*/[A-Za-z_$][A-Za-z0-9_$]*$' then
        perform rowhouse.refuse('RH001', format('%s is not the name of an operation.', rowhouse.shown(set_operation.name)),
            'Write it as interface/method; `rowhouse interfaces` lists them.');
    end if;
    if not exists (
        select from rowhouse.component_interface as i
        where i.interface = split_part(set_operation.name, '/', 1)
            and split_part(set_operation.name, '/', 2) = any (i.operations)) then
        perform rowhouse.refuse('RH002', format('No component serves the operation %s.', rowhouse.shown(set_operation.name)),
            'Write it as interface/method; `rowhouse interfaces` lists them.');
    end if;
    if set_operation.traced not between 0 and 1 then
        perform rowhouse.refuse('RH001', format('A traced share must be 0 to 1, but is %s.', set_operation.traced),
            'Give 0.01 for one call in a hundred.');
    end if;
    perform rowhouse.check_between('time-out', set_operation.timeout, interval '1 millisecond', interval '24 hours');
    insert into rowhouse.operation as o (name, traced_milli, timeout, durable, changed_by)
    values (set_operation.name, round(set_operation.traced * 1000), set_operation.timeout,
        coalesce(set_operation.durable, false), rowhouse.who())
    on conflict (name) do update
    set traced_milli = coalesce(excluded.traced_milli, o.traced_milli), timeout = coalesce(excluded.timeout, o.timeout),
        durable = coalesce(set_operation.durable, o.durable), changed_by = excluded.changed_by, changed_at = now();
    perform pg_notify('rowhouse', 'operations');
end $$;
comment on function rowhouse.set_operation(text, numeric, interval, boolean) is
    'Says how calls of interface/method are made; what is null stays. Nodes take it up at once. Owner: calls.';

create function rowhouse.reset_operation(name text) returns void
    language plpgsql as $$
begin
    update rowhouse.operation as o set changed_by = rowhouse.who() where o.name = reset_operation.name;
    if not found then
        perform rowhouse.refuse('RH002', format('Nothing is set for the operation %s.', rowhouse.shown(reset_operation.name)),
            '`rowhouse interfaces` lists what is set.');
    end if;
    delete from rowhouse.operation as o where o.name = reset_operation.name;
    perform pg_notify('rowhouse', 'operations');
end $$;
comment on function rowhouse.reset_operation(text) is
    'Lets calls of interface/method be made as its author says. Nodes take it up at once. Owner: calls.';

create function rowhouse.close_breakers(operation text default null) returns integer
    language plpgsql as $$
declare
    closed integer;
begin
    delete from rowhouse.breaker as b
    where (close_breakers.operation is null or b.operation = close_breakers.operation);
    get diagnostics closed = row_count;
    perform pg_notify('rowhouse', 'breakers');
    return closed;
end $$;
comment on function rowhouse.close_breakers(text) is
    'Closes all breakers, or those of one operation, on all nodes; gives how many stood in the table. Owner: calls.';

create function rowhouse.spans_of(trace uuid, most integer) returns setof rowhouse.call_span
    language plpgsql stable
    set plan_cache_mode = force_custom_plan
    as $$
declare
    given integer := 0;
    part  integer;
begin
    for b in 0..rowhouse.buckets_used() - 1 loop
        return query
            select s.*
            from rowhouse.call_span as s
            where s.bucket = b::smallint and s.trace = spans_of.trace
            limit most - given;
        get diagnostics part = row_count;
        given := given + part;
        exit when given >= spans_of.most;
    end loop;
end $$;
comment on function rowhouse.spans_of(uuid, integer) is 'The spans of one trace, so many at most. Owner: calls.';

create function rowhouse.newest_spans(most integer) returns setof rowhouse.call_span
    language plpgsql stable
    set plan_cache_mode = force_custom_plan
    as $$
begin
    for b in 0..rowhouse.buckets_used() - 1 loop
        return query
            select s.*
            from rowhouse.call_span as s
            where s.bucket = b::smallint
            order by s.started_at desc
            limit most;
    end loop;
end $$;
comment on function rowhouse.newest_spans(integer) is 'The newest spans of each bucket. Owner: calls.';

create function rowhouse.sweep_spans(most integer) returns integer
    language plpgsql
    set plan_cache_mode = force_custom_plan
    as $$
declare
    oldest timestamptz := now() - rowhouse.setting_value('retention_spans')::interval;
    upto   timestamptz;
    total  integer     := 0;
    part   integer;
begin
    -- One node at a time: another would find the same rows.
    if not pg_try_advisory_xact_lock(1380930387, 451) then
        return 0;
    end if;
    for b in 0..rowhouse.buckets_used() - 1 loop
        select max(due.started_at) into upto
        from (
            select s.started_at
            from rowhouse.call_span as s
            where s.bucket = b::smallint and s.started_at < oldest
            order by s.started_at
            limit most
        ) as due;
        if upto is not null then
            delete from rowhouse.call_span as s where s.bucket = b::smallint and s.started_at <= upto;
            get diagnostics part = row_count;
            total := total + part;
        end if;
    end loop;
    return total;
end $$;
comment on function rowhouse.sweep_spans(integer) is
    'Deletes spans that have been kept long enough, some so many of each bucket at most; gives how many went. Owner: calls.';
