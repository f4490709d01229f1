-- Tokens of devices and of edge nodes: each has a row, so that one can be shut out. Small, without a bucket. The rows have
-- what a token's holder proves itself by over the wire protocol, which never sends the token.
-- Refusals raise RH001 (invalid argument), RH002 (not found), RH003 (conflict), with a hint.

create sequence rowhouse.device_change;

create table rowhouse.device (
    name       text        not null primary key,
    key        text        not null,
    change     bigint      not null,
    issued_at  timestamptz not null default now(),
    issued_by  text        not null,
    revoked_at timestamptz,
    revoked_by text,
    check ((revoked_at is null) = (revoked_by is null))
);
comment on table rowhouse.device is 'Devices and edge nodes that may connect, each by a token of its own. Owner: accounts. Citus: local.';
comment on column rowhouse.device.name is 'What it is called: the user of MQTT, the name of the wire protocol.';
comment on column rowhouse.device.key is 'SHA-256 of its token, hexadecimal, by which it proves itself; the token is kept nowhere. Not readable in statements of viewers and operators.';
comment on column rowhouse.device.change is 'Position in the order of changes, by which nodes learn of new ones.';
comment on column rowhouse.device.issued_at is 'When the token was made, by the database''s clock.';
comment on column rowhouse.device.issued_by is 'Who made it.';
comment on column rowhouse.device.revoked_at is 'Since when it is refused; null while it is good.';
comment on column rowhouse.device.revoked_by is 'Who revoked it.';

create index device_order on rowhouse.device (change);
comment on index rowhouse.device_order is 'What changed after a position.';

create function rowhouse.next_device_change() returns bigint
    language plpgsql as $$
begin
    -- Held until the commit: who has read a change has read all before it.
    perform pg_advisory_xact_lock(1380930387, 510);
    perform pg_notify('rowhouse', 'devices');
    return nextval('rowhouse.device_change');
end $$;
comment on function rowhouse.next_device_change() is 'The next position in the order of changes of devices, in the order of commits; tells the nodes.';

create function rowhouse.issue_device(name text, key text, most integer) returns void
    language plpgsql as $$
#variable_conflict use_column
declare
    next bigint := rowhouse.next_device_change();
begin
    if issue_device.name is null or length(issue_device.name) not between 1 and 128
        or issue_device.name ~ '[[:cntrl:]]' then
        perform rowhouse.refuse('RH001', 'A device''s name must have 1 to 128 characters.', 'Choose another name.');
    end if;
    delete from rowhouse.device as d
    where d.revoked_at < now() - interval '30 days' and d.name <> issue_device.name;
    if not exists (select from rowhouse.device as d where d.name = issue_device.name)
        and (select count(*) from rowhouse.device) >= most then
        perform rowhouse.refuse('RH003', format('There are %s devices already.', most),
            'Revoked ones go 30 days later, when the next token is made.');
    end if;
    insert into rowhouse.device as d (name, key, change, issued_by)
    values (issue_device.name, issue_device.key, next, rowhouse.who())
    on conflict (name) do update
    set key = excluded.key, change = excluded.change, issued_at = now(), issued_by = excluded.issued_by,
        revoked_at = null, revoked_by = null
    where d.revoked_at is not null;
    if not found then
        perform rowhouse.refuse('RH003', format('The device %s has a token.', rowhouse.shown(issue_device.name)),
            'Revoke it first: `rowhouse devices revoke NAME`.');
    end if;
end $$;
comment on function rowhouse.issue_device(text, text, integer) is
    'Gives a device a token, known by its SHA-256: a new device, or one whose token was revoked.';

create function rowhouse.revoke_device(name text) returns void
    language plpgsql as $$
#variable_conflict use_column
declare
    next bigint := rowhouse.next_device_change();
    old  rowhouse.device;
begin
    select d.* into old from rowhouse.device as d where d.name = revoke_device.name for update;
    if not found then
        perform rowhouse.refuse('RH002', format('There is no device %s.', rowhouse.shown(revoke_device.name)),
            '`rowhouse devices` lists them.');
    end if;
    if old.revoked_at is not null then
        perform rowhouse.refuse('RH003', format('The token of %s was revoked at %s.', rowhouse.shown(old.name),
            to_char(old.revoked_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')), 'Nothing is left to do.');
    end if;
    update rowhouse.device as d
    set revoked_at = now(), revoked_by = rowhouse.who(), change = next
    where d.name = old.name;
end $$;
comment on function rowhouse.revoke_device(text) is 'Refuses a device''s token from now on; its connections end.';

-- The audit shows them without what they prove themselves by.

create or replace function rowhouse.audit_one(kind text, name text) returns jsonb
    language plpgsql stable as $$
declare
    image jsonb;
begin
    case kind
        when 'queue' then
            select to_jsonb(q) - array['tokens', 'tokens_at'] into image
            from rowhouse.queue as q
            where q.name = audit_one.name;
        when 'schedule' then
            select to_jsonb(s) - 'input'
                || case when length(s.input::text) <= 1000 then jsonb_build_object('input', s.input) else '{}' end
            into image
            from rowhouse.schedule as s
            where s.name = audit_one.name;
        when 'setting' then
            select jsonb_build_object('value', s.value) into image from rowhouse.setting as s where s.name = audit_one.name;
        when 'node' then
            select jsonb_build_object('number', n.number, 'zone', n.zone, 'tier', n.tier, 'roles', n.roles,
                'labels', n.labels, 'cores_milli', n.cores_milli, 'memory_mib', n.memory_mib, 'devices', n.devices,
                'simulated', n.simulated, 'cordoned_at', n.cordoned_at, 'cordoned_by', n.cordoned_by,
                'draining_at', n.draining_at, 'hand_over_at', n.hand_over_at, 'drained_at', n.drained_at,
                'ended_at', n.ended_at)
            into image
            from rowhouse.node as n
            where n.name = audit_one.name
            order by n.number desc
            limit 1;
        when 'policy' then
            select jsonb_build_object('newest', (select max(p.version) from rowhouse.policy as p where p.name = audit_one.name),
                'in_force', f.name, 'in_force_version', f.version)
            into image
            from rowhouse.policy_in_force() as f;
        when 'account' then
            select to_jsonb(a) - 'password' || jsonb_build_object('password_set', a.password is not null) into image
            from rowhouse.account as a
            where a.name = audit_one.name;
        when 'session' then
            select to_jsonb(s) - 'hash' into image from rowhouse.session as s where s.number = audit_one.name::bigint;
        when 'component' then
            select jsonb_build_object('version', c.version, 'digest', c.digest, 'kind', c.kind, 'deployed_at', c.deployed_at)
            into image
            from rowhouse.component as c
            where c.name = audit_one.name and c.current;
        when 'certificate' then
            select jsonb_agg(jsonb_build_object('serial', c.serial, 'node', c.node, 'not_after', c.not_after,
                'revoked_at', c.revoked_at) order by c.issued_at)
            into image
            from rowhouse.certificate as c
            where c.node = audit_one.name or c.serial = lower(audit_one.name);
        when 'topic' then
            select to_jsonb(t) - array['number', 'first_bucket'] into image
            from rowhouse.topic as t
            where t.name = audit_one.name;
        when 'group' then
            select to_jsonb(g) into image
            from rowhouse.topic_group as g
            where g.topic || '/' || g.name = audit_one.name;
        when 'mailbox' then
            select to_jsonb(m) into image from rowhouse.mailbox as m where m.name = audit_one.name;
        when 'device' then
            select to_jsonb(d) - array['key', 'change'] into image from rowhouse.device as d where d.name = audit_one.name;
        else
            image := null;
    end case;
    return image;
end $$;
