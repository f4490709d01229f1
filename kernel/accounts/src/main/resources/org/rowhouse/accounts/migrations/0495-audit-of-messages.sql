-- The audit shows topics, groups and mailboxes as they were before a change.

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
        else
            image := null;
    end case;
    return image;
end $$;
