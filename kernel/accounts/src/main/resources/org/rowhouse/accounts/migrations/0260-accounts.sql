-- Who may do what: accounts of people, their sessions, the links that open one, what they keep for themselves, and a record
-- of every action. Small tables without a bucket. Of secrets only SHA-256 stands here, of passwords an Argon2id hash.
-- Refusals raise RH001 (invalid argument), RH002 (not found) or RH003 (conflict), with a hint.

create table rowhouse.account (
    name        text        not null primary key,
    role        text        not null check (role in ('viewer', 'operator', 'admin')),
    password    text,
    created_at  timestamptz not null default now(),
    created_by  text        not null default current_user,
    changed_at  timestamptz not null default now(),
    changed_by  text        not null default current_user,
    disabled_at timestamptz
);
comment on table rowhouse.account is 'People who may use the nodes'' API and console. Owner: accounts. Citus: local.';
comment on column rowhouse.account.name is 'The name it logs in with.';
comment on column rowhouse.account.role is 'What it may do: viewer (look), operator (act on tasks, queues, schedules and nodes too), admin (everything).';
comment on column rowhouse.account.password is 'Argon2id hash of its password as a PHC string; null: nobody can log in. Not readable in statements of viewers and operators.';
comment on column rowhouse.account.created_at is 'When it was made.';
comment on column rowhouse.account.created_by is 'Who made it.';
comment on column rowhouse.account.changed_at is 'When its role, password or state was last changed.';
comment on column rowhouse.account.changed_by is 'Who changed it.';
comment on column rowhouse.account.disabled_at is 'Since when it is refused; null while it is good.';

create table rowhouse.session (
    number     bigint      not null generated always as identity primary key,
    hash       text        not null unique,
    account    text,
    name       text        not null,
    role       text        not null check (role in ('viewer', 'operator', 'admin')),
    via        text        not null check (via in ('password', 'link')),
    created_at timestamptz not null default now(),
    seen_at    timestamptz not null default now(),
    expires_at timestamptz not null,
    ended_at   timestamptz,
    ended_by   text,
    address    text        not null,
    check ((ended_at is null) = (ended_by is null))
);
comment on table rowhouse.session is 'Logins: who shows the secret of one acts as its account. Owner: accounts. Citus: local.';
comment on column rowhouse.session.number is 'Its number, by which people name it.';
comment on column rowhouse.session.hash is 'SHA-256 of the secret, hexadecimal; the secret is kept nowhere. Not readable in statements of viewers and operators.';
comment on column rowhouse.session.account is 'The account; null: opened by a link that was made with a node''s token.';
comment on column rowhouse.session.name is 'Who acts: the account''s name, or the name that the holder of the token gave.';
comment on column rowhouse.session.role is 'Role at the login; an account''s present role counts.';
comment on column rowhouse.session.via is 'How it was opened: password or link.';
comment on column rowhouse.session.created_at is 'When it was opened, by the database''s clock.';
comment on column rowhouse.session.seen_at is 'When it was last used, to a minute.';
comment on column rowhouse.session.expires_at is 'When it ends at the latest; unused it ends sooner.';
comment on column rowhouse.session.ended_at is 'When it was ended before that; null if it was not.';
comment on column rowhouse.session.ended_by is 'Who ended it.';
comment on column rowhouse.session.address is 'The network address that it was opened from.';

create index session_account on rowhouse.session (account);
comment on index rowhouse.session_account is 'The sessions of one account.';

create table rowhouse.login_link (
    hash          text        not null primary key,
    account       text,
    name          text        not null,
    role          text        not null check (role in ('viewer', 'operator', 'admin')),
    created_at    timestamptz not null default now(),
    expires_at    timestamptz not null,
    session_until timestamptz not null,
    used_at       timestamptz,
    used_from     text,
    check ((used_at is null) = (used_from is null))
);
comment on table rowhouse.login_link is 'Links that open a session, each once. Owner: accounts. Citus: local.';
comment on column rowhouse.login_link.hash is 'SHA-256 of the secret, hexadecimal; the secret is kept nowhere. Not readable in statements of viewers and operators.';
comment on column rowhouse.login_link.account is 'The account; null: made with a node''s token.';
comment on column rowhouse.login_link.name is 'Who made it and will act.';
comment on column rowhouse.login_link.role is 'Role of whoever made it; an account''s present role counts.';
comment on column rowhouse.login_link.created_at is 'When it was made, by the database''s clock.';
comment on column rowhouse.login_link.expires_at is 'Until when it may be used.';
comment on column rowhouse.login_link.session_until is 'When the session that it opens ends: one that was itself opened so cannot be prolonged.';
comment on column rowhouse.login_link.used_at is 'When it was used; null if it was not.';
comment on column rowhouse.login_link.used_from is 'The network address that it was used from.';

create table rowhouse.login_failure (
    account   text        not null,
    address   text        not null,
    failures  integer     not null,
    failed_at timestamptz not null,
    primary key (account, address)
);
comment on table rowhouse.login_failure is 'Logins that failed since the last good one, by account and address. Owner: accounts. Citus: local.';
comment on column rowhouse.login_failure.account is 'The name that was given, known or not.';
comment on column rowhouse.login_failure.address is 'The network address that it came from; of IPv6 its first 64 bits.';
comment on column rowhouse.login_failure.failures is 'How many in a row.';
comment on column rowhouse.login_failure.failed_at is 'When the last one was.';

create index login_failure_age on rowhouse.login_failure (failed_at);
comment on index rowhouse.login_failure_age is 'The oldest, which go first.';

create table rowhouse.saved (
    account    text        not null,
    kind       text        not null check (kind in ('sql', 'view')),
    name       text        not null check (length(name) between 1 and 200 and name !~ '[[:cntrl:]]'),
    content    jsonb       not null,
    changed_at timestamptz not null default now(),
    primary key (account, kind, name)
);
comment on table rowhouse.saved is 'What people keep for themselves: statements and views of lists. Owner: accounts. Citus: local.';
comment on column rowhouse.saved.account is 'Whose it is; empty: of whoever has a node''s token.';
comment on column rowhouse.saved.kind is 'sql (a statement of the notebook) or view (filters of a list).';
comment on column rowhouse.saved.name is 'Its name.';
comment on column rowhouse.saved.content is 'What the client keeps. Not readable in statements of viewers and operators.';
comment on column rowhouse.saved.changed_at is 'When it was last saved.';

create table rowhouse.audit (
    number       bigint      not null generated always as identity primary key,
    at           timestamptz not null default now(),
    account      text        not null,
    role         text        not null,
    via          text        not null check (via in ('token', 'session', 'none')),
    address      text        not null,
    action       text        not null,
    subject_kind text        not null,
    subject      text        not null,
    before       jsonb,
    after        jsonb,
    outcome      text        not null check (outcome in ('done', 'refused', 'failed')),
    detail       text
);
comment on table rowhouse.audit is 'Every action of people: who did what, from where, and what changed. Owner: accounts. Citus: local.';
comment on column rowhouse.audit.number is 'Position in the order of actions; numbers may be missing.';
comment on column rowhouse.audit.at is 'When, by the database''s clock.';
comment on column rowhouse.audit.account is 'Who: the account''s name, or the name that the holder of a node''s token gave.';
comment on column rowhouse.audit.role is 'Their role then; none: nobody was logged in.';
comment on column rowhouse.audit.via is 'How they proved it: token (a node''s), session, or none.';
comment on column rowhouse.audit.address is 'The network address that it came from.';
comment on column rowhouse.audit.action is 'What: the name of the API''s route, as cancel_task.';
comment on column rowhouse.audit.subject_kind is 'What kind of thing it was done to: task, queue, schedule, setting, node, policy, component, account ...';
comment on column rowhouse.audit.subject is 'To which: its name or id; of several the first ones.';
comment on column rowhouse.audit.before is 'The thing before, without what is large or secret; null if it was not there. Of several: count, and the first 100 by name.';
comment on column rowhouse.audit.after is 'The same afterwards, or what was made.';
comment on column rowhouse.audit.outcome is 'done; refused (the role does not allow it); failed (nothing changed, or not all: detail says why).';
comment on column rowhouse.audit.detail is 'A sentence: why it was refused or failed, or what else was done.';

create index audit_account on rowhouse.audit (account, number);
comment on index rowhouse.audit_account is 'The actions of one account, newest first.';
create index audit_action on rowhouse.audit (action, number);
comment on index rowhouse.audit_action is 'The actions of one kind, newest first.';
create index audit_subject on rowhouse.audit (subject, number);
comment on index rowhouse.audit_subject is 'What was done to one thing, newest first.';

insert into rowhouse.setting (name, value, unit, meaning) values
    ('retention_audit', '365 days', 'interval', 'The record of actions is deleted after this time.');

-- Accounts ------------------------------------------------------------------------------------------------------------

create function rowhouse.locked_account(name text) returns rowhouse.account
    language plpgsql as $$
declare
    found_account rowhouse.account;
begin
    select * into found_account from rowhouse.account as a where a.name = locked_account.name for update;
    if not found then
        perform rowhouse.refuse('RH002', format('There is no account %s.', rowhouse.shown(name)),
            '`rowhouse account` lists them.');
    end if;
    return found_account;
end $$;
comment on function rowhouse.locked_account(text) is 'Locks an account that is to be changed and gives it.';

create function rowhouse.check_role(role text) returns void
    language plpgsql as $$
begin
    if role is null or role not in ('viewer', 'operator', 'admin') then
        perform rowhouse.refuse('RH001', format('There is no role %s.', rowhouse.shown(role)),
            'Roles: viewer, operator, admin.');
    end if;
end $$;
comment on function rowhouse.check_role(text) is 'Refuses what is no role of an account.';

create function rowhouse.end_sessions(account text, but_for bigint default null) returns integer
    language plpgsql as $$
declare
    ended integer;
begin
    update rowhouse.session as s
    set ended_at = now(), ended_by = rowhouse.who()
    where s.account = end_sessions.account and s.ended_at is null and s.number is distinct from but_for;
    get diagnostics ended = row_count;
    update rowhouse.login_link as l
    set expires_at = now()
    where l.account = end_sessions.account and l.used_at is null and l.expires_at > now();
    perform pg_notify('rowhouse', 'accounts');
    return ended;
end $$;
comment on function rowhouse.end_sessions(text, bigint) is
    'Ends the sessions and links of an account, one session excepted; gives how many sessions.';

create function rowhouse.create_account(name text, role text, password text default null) returns void
    language plpgsql as $$
#variable_conflict use_column
begin
    perform rowhouse.check_name('account', create_account.name);
    perform rowhouse.check_role(create_account.role);
    insert into rowhouse.account (name, role, password, created_by, changed_by)
    values (create_account.name, create_account.role, create_account.password, rowhouse.who(), rowhouse.who())
    on conflict (name) do nothing;
    if not found then
        perform rowhouse.refuse('RH003', format('The account %s exists.', rowhouse.shown(create_account.name)),
            'Choose another name, or change that one.');
    end if;
    -- What an account of the same name had kept or failed is not the new one's.
    delete from rowhouse.saved as s where s.account = create_account.name;
    delete from rowhouse.login_failure as f where f.account = create_account.name;
end $$;
comment on function rowhouse.create_account(text, text, text) is
    'Makes an account; password is a PHC string of Argon2id, not the password itself.';

create function rowhouse.change_account(name text, role text default null, disabled boolean default null) returns void
    language plpgsql as $$
#variable_conflict use_column
declare
    old rowhouse.account := rowhouse.locked_account(change_account.name);
begin
    if change_account.role is not null then
        perform rowhouse.check_role(change_account.role);
    end if;
    update rowhouse.account as a
    set role = coalesce(change_account.role, old.role),
        disabled_at = case
            when change_account.disabled is null then old.disabled_at
            when change_account.disabled then coalesce(old.disabled_at, now())
        end,
        changed_at = now(),
        changed_by = rowhouse.who()
    where a.name = change_account.name;
    if change_account.disabled then
        perform rowhouse.end_sessions(change_account.name);
    end if;
    perform pg_notify('rowhouse', 'accounts');
end $$;
comment on function rowhouse.change_account(text, text, boolean) is
    'Changes an account''s role, disables it (its sessions end) or enables it; null leaves as it is. Counts at once.';

create function rowhouse.set_password(name text, password text, but_for bigint default null) returns void
    language plpgsql as $$
#variable_conflict use_column
declare
    old rowhouse.account := rowhouse.locked_account(set_password.name);
begin
    update rowhouse.account as a
    set password = set_password.password, changed_at = now(), changed_by = rowhouse.who()
    where a.name = old.name;
    delete from rowhouse.login_failure as f where f.account = old.name;
    perform rowhouse.end_sessions(old.name, but_for);
end $$;
comment on function rowhouse.set_password(text, text, bigint) is
    'Sets the password of an account, as a PHC string of Argon2id; its sessions end but for one.';

create function rowhouse.drop_account(name text) returns void
    language plpgsql as $$
declare
    old rowhouse.account := rowhouse.locked_account(drop_account.name);
begin
    perform rowhouse.end_sessions(old.name);
    delete from rowhouse.saved as s where s.account = old.name;
    delete from rowhouse.login_failure as f where f.account = old.name;
    delete from rowhouse.account as a where a.name = old.name;
end $$;
comment on function rowhouse.drop_account(text) is 'Removes an account with what it kept; its sessions end, its actions stay in the audit.';

-- Logins --------------------------------------------------------------------------------------------------------------

create function rowhouse.begin_login(account text, address text, failures_max integer, wait interval, kept integer)
    returns table (refused boolean, password text)
    language plpgsql as $$
#variable_conflict use_column
declare
    before rowhouse.login_failure;
begin
    -- Locked apart from the offset, which would lock all that it steps over.
    delete from rowhouse.login_failure as f
    where (f.account, f.address) in (
        select free.account, free.address
        from rowhouse.login_failure as free
        where (free.account, free.address) in (
            select old.account, old.address
            from rowhouse.login_failure as old
            where (old.account, old.address) <> (begin_login.account, begin_login.address)
            order by old.failed_at desc
            offset kept
            limit 1000)
        for update skip locked);
    -- It counts as failed until it has succeeded: logins that come together count each. The row is there and locked
    -- afterwards, whatever a login that succeeds has deleted meanwhile.
    insert into rowhouse.login_failure as f (account, address, failures, failed_at)
    values (begin_login.account, begin_login.address, 0, now())
    on conflict (account, address) do update set failed_at = f.failed_at
    returning f.* into before;
    refused := before.failures >= failures_max and before.failed_at > now() - wait;
    if not refused then
        update rowhouse.login_failure as f
        set failures = f.failures + 1, failed_at = now()
        where f.account = begin_login.account and f.address = begin_login.address;
        password := (select a.password from rowhouse.account as a where a.name = begin_login.account);
    end if;
    return next;
end $$;
comment on function rowhouse.begin_login(text, text, integer, interval, integer) is
    'Counts a login and says whether it comes too soon after too many that failed; else gives the password''s hash to compare with.';

create function rowhouse.open_session(
    hash text, account text, name text, role text, via text, address text, network text, until timestamptz, most integer)
    returns bigint
    language plpgsql as $$
#variable_conflict use_column
declare
    made bigint;
begin
    -- The oldest ones make room.
    update rowhouse.session as s
    set ended_at = now(), ended_by = rowhouse.who()
    where s.number in (
        select old.number
        from rowhouse.session as old
        where old.account is not distinct from open_session.account and old.ended_at is null and old.expires_at > now()
        order by old.number desc
        offset most - 1);
    if found then
        perform pg_notify('rowhouse', 'accounts');
    end if;
    insert into rowhouse.session (hash, account, name, role, via, address, expires_at)
    values (open_session.hash, open_session.account, open_session.name, open_session.role, open_session.via,
        open_session.address, open_session.until)
    returning number into made;
    delete from rowhouse.login_failure as f
    where via = 'password' and f.account = open_session.account and f.address = open_session.network;
    return made;
end $$;
comment on function rowhouse.open_session(text, text, text, text, text, text, text, timestamptz, integer) is
    'Records a session and gives its number; when an account has too many its oldest end. Its failed logins from that network are forgotten.';

create function rowhouse.end_session(number bigint, account text default null) returns void
    language plpgsql as $$
#variable_conflict use_column
begin
    update rowhouse.session as s
    set ended_at = now(), ended_by = rowhouse.who()
    where s.number = end_session.number and s.ended_at is null and s.expires_at > now()
        and (end_session.account is null or s.account = end_session.account);
    if not found then
        perform rowhouse.refuse('RH002', format('There is no open session %s.', end_session.number),
            'GET /sessions lists them.');
    end if;
    perform pg_notify('rowhouse', 'accounts');
end $$;
comment on function rowhouse.end_session(bigint, text) is
    'Ends a session; with an account only one of that account.';

-- The audit -----------------------------------------------------------------------------------------------------------

create function rowhouse.audit_tasks(ids uuid[]) returns jsonb
    language plpgsql stable as $$
declare
    b     smallint;
    part  uuid[];
    found jsonb := '{}';
    more  jsonb;
begin
    for b, part in select * from rowhouse.by_bucket(ids) loop
        select jsonb_object_agg(t.id, jsonb_build_object(
            'component', t.component, 'function', t.function, 'version', t.version, 'state', t.state, 'queue', t.queue,
            'priority', t.priority, 'attempt', t.attempt, 'node', t.node, 'cancel_requested', t.cancel_requested,
            'ended_at', t.ended_at))
        into more
        from rowhouse.task as t
        where t.bucket = b and t.id = any (part);
        found := found || coalesce(more, '{}');
    end loop;
    return found;
end $$;
comment on function rowhouse.audit_tasks(uuid[]) is 'Tasks as the audit shows them, by id.';

create function rowhouse.audit_one(kind text, name text) returns jsonb
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
        else
            image := null;
    end case;
    return image;
end $$;
comment on function rowhouse.audit_one(text, text) is
    'One thing as the audit shows it, without what is large or secret; null if it is not there or its kind has no row.';

create function rowhouse.audit_image(kind text, names text[]) returns jsonb
    language plpgsql stable as $$
declare
    first_names constant text[] := names[1:100];
    each jsonb;
begin
    if cardinality(names) = 0 then
        return null;
    end if;
    if kind = 'task' then
        each := rowhouse.audit_tasks(first_names::uuid[]);
    elsif cardinality(names) = 1 then
        return rowhouse.audit_one(kind, names[1]);
    else
        each := (
            select jsonb_object_agg(name, rowhouse.audit_one(kind, name))
            from (select distinct name from unnest(first_names) as name) as named);
    end if;
    if cardinality(names) = 1 then
        return each -> names[1];
    end if;
    return jsonb_build_object('count', cardinality(names), 'each', each);
end $$;
comment on function rowhouse.audit_image(text, text[]) is
    'Things of one kind as the audit shows them: one as it is, of several the count and the first 100 by name.';

create function rowhouse.sweep_accounts(most integer) returns integer
    language plpgsql as $$
declare
    oldest timestamptz := now() - rowhouse.setting_value('retention_audit')::interval;
    gone   integer;
    total  integer;
begin
    delete from rowhouse.audit as a
    where a.number in (
        -- The oldest ones alone are looked at: rows come in the order of their age.
        select old.number
        from (
            select o.number, o.at
            from rowhouse.audit as o
            order by o.number
            limit most
            for update skip locked) as old
        where old.at < oldest);
    get diagnostics total = row_count;
    delete from rowhouse.session as s
    where s.number in (
        select old.number
        from rowhouse.session as old
        where least(old.expires_at, old.ended_at) < now() - interval '7 days'
        order by old.number
        limit most
        for update skip locked);
    get diagnostics gone = row_count;
    total := total + gone;
    delete from rowhouse.login_link as l
    where l.hash in (
        select old.hash
        from rowhouse.login_link as old
        where old.expires_at < now() - interval '1 day'
        limit most
        for update skip locked);
    get diagnostics gone = row_count;
    total := total + gone;
    delete from rowhouse.login_failure as f
    where (f.account, f.address) in (
        select old.account, old.address
        from rowhouse.login_failure as old
        where old.failed_at < now() - interval '1 day'
        limit most
        for update skip locked);
    get diagnostics gone = row_count;
    return total + gone;
end $$;
comment on function rowhouse.sweep_accounts(integer) is
    'Deletes old rows of the audit, and sessions, links and failed logins that are long over, so many of each at most; gives how many went.';

-- Statements under a person's own rights ------------------------------------------------------------------------------

create function rowhouse.let_viewers_read() returns integer
    language plpgsql as $$
declare
    secret_columns constant text[] := array['account.password', 'session.hash', 'login_link.hash', 'join_token.hash', 'saved.content'];
    one   record;
    given integer := 0;
begin
    perform pg_advisory_xact_lock(1380930387, 260);
    for one in
        select n.oid, n.nspname
        from pg_namespace as n
        where (n.nspname = 'rowhouse' or n.nspname in (select c.schema from rowhouse.component as c where c.schema is not null))
            and pg_has_role(n.nspowner, 'usage') and not has_schema_privilege('rowhouse_viewer', n.oid, 'usage')
    loop
        execute format('grant usage on schema %I to rowhouse_viewer', one.nspname);
        given := given + 1;
    end loop;
    for one in
        select n.nspname, c.relname, bool_or(a.secret) as secret,
            has_table_privilege('rowhouse_viewer', c.oid, 'select') as all_given,
            coalesce(bool_and(has_column_privilege('rowhouse_viewer', c.oid, a.attnum, 'select'))
                filter (where not a.secret), true) as given,
            string_agg(quote_ident(a.attname), ', ' order by a.attnum) filter (where not a.secret) as columns
        from pg_class as c
        join pg_namespace as n on n.oid = c.relnamespace
        cross join lateral (
            select b.attname, b.attnum,
                n.nspname = 'rowhouse' and c.relname || '.' || b.attname = any (secret_columns) as secret
            from pg_attribute as b
            where b.attrelid = c.oid and b.attnum > 0 and not b.attisdropped) as a
        where has_schema_privilege('rowhouse_viewer', n.oid, 'usage')
            and (n.nspname = 'rowhouse' or n.nspname in (select s.schema from rowhouse.component as s where s.schema is not null))
            and c.relkind in ('r', 'p', 'v', 'm', 'f') and pg_has_role(c.relowner, 'usage')
        group by n.nspname, c.relname, c.oid
    loop
        if one.secret and one.all_given then
            execute format('revoke select on %I.%I from rowhouse_viewer', one.nspname, one.relname);
        end if;
        if not one.secret and not one.all_given then
            execute format('grant select on %I.%I to rowhouse_viewer', one.nspname, one.relname);
            given := given + 1;
        elsif one.secret and (one.all_given or not one.given) then
            execute format('grant select (%s) on %I.%I to rowhouse_viewer', one.columns, one.nspname, one.relname);
            given := given + 1;
        end if;
    end loop;
    return given;
end $$;
comment on function rowhouse.let_viewers_read() is
    'Lets the role rowhouse_viewer read the tables of the kernel, but for hashes of secrets and what people keep, and those of components; gives how many grants were missing.';

create function rowhouse.make_viewer() returns text
    language plpgsql as $$
declare
    -- Runs as its owner, rowhouse_viewer: within it PostgreSQL refuses every change of role, so that the statement has that
    -- role's rights and no more. A cursor takes queries alone, one at a time. Each row comes as PostgreSQL writes rows.
    body constant text := $body$
declare
    one   record;
    line  text;
    given integer := 0;
    bytes bigint  := 0;
begin
    for one in execute statement loop
        line := one::text;
        -- It must not reach the node: one row can have a gigabyte.
        if octet_length(line) > bytes_max then
            raise exception using errcode = '54000',
                message = format('A row of this has %s bytes, and %s are the limit.', octet_length(line), bytes_max),
                hint = 'Take fewer columns, or parts of them.';
        end if;
        bytes := bytes + octet_length(line);
        given := given + 1;
        return next line;
        exit when given >= rows_max or bytes >= bytes_max;
    end loop;
end $body$;
    missing text[] := '{}';
begin
    perform pg_advisory_xact_lock(1380930387, 260);
    begin
        if not exists (select from pg_roles where rolname = 'rowhouse_viewer') then
            create role rowhouse_viewer nologin;
        end if;
        if not pg_has_role('rowhouse_viewer', 'usage') then
            execute format('grant rowhouse_viewer to %I', current_user);
        end if;
        if to_regnamespace('rowhouse_viewer') is null then
            create schema rowhouse_viewer authorization rowhouse_viewer;
            comment on schema rowhouse_viewer is 'What runs statements under the rights of viewers.';
        end if;
    exception when insufficient_privilege then
        if not exists (select from pg_roles where rolname = 'rowhouse_viewer') then
            missing := array['create role rowhouse_viewer nologin', format('grant rowhouse_viewer to %I', current_user)];
        elsif not pg_has_role('rowhouse_viewer', 'usage') then
            missing := array[format('grant rowhouse_viewer to %I', current_user)];
        end if;
        if to_regnamespace('rowhouse_viewer') is null and not has_database_privilege(current_database(), 'create') then
            missing := missing || 'create schema rowhouse_viewer authorization rowhouse_viewer'::text;
        end if;
        return array_to_string(missing, '; ');
    end;
    if not exists (
        select
        from pg_proc as p
        where p.pronamespace = 'rowhouse_viewer'::regnamespace and p.proname = 'read_rows' and p.prosrc = body
            and p.prosecdef and pg_get_userbyid(p.proowner) = 'rowhouse_viewer')
    then
        execute format('create or replace function rowhouse_viewer.read_rows(statement text, rows_max integer, bytes_max bigint)'
            ' returns setof text language plpgsql security definer as %L', body);
        alter function rowhouse_viewer.read_rows(text, integer, bigint) owner to rowhouse_viewer;
        comment on function rowhouse_viewer.read_rows(text, integer, bigint) is
            'Runs a query under the rights of rowhouse_viewer and gives its rows as text, until there are so many or they are so large.';
    end if;
    perform rowhouse.let_viewers_read();
    return null;
end $$;
comment on function rowhouse.make_viewer() is
    'Makes what statements of viewers and operators run with: the role rowhouse_viewer, its function and its grants; if this user may not, the statements that somebody else must run first.';
