-- What was changed lately, the latest :limit first: queues, schedules, settings, policies, components, nodes that came and went,
-- and what else people did, of the latest thousand rows of the audit.
-- set: the latest changes of each kind, only of :kind and :name if these are given    gives: an array    locks: none
with changed as (
    select at, kind, name, what, who, fields, null::text as detail
    from rowhouse.changes_of_rows(:kind::text, :name::text, :limit::integer)
    where :kind::text is null or :kind::text in ('queue', 'schedule', 'setting')
    union all (
        select c.at, 'policy', c.name, case c.cause when 'fence' then 'in force after a fence' else 'put in force' end, c.who,
            jsonb_build_object('version', jsonb_build_array(null, c.version)), c.detail
        from rowhouse.policy_change as c
        where c.cause <> 'install' and (:name::text is null or c.name = :name::text)
        order by c.number desc
        limit :limit::integer
    )
    union all (
        select p.made_at, 'policy', p.name, 'recorded', p.made_by, jsonb_build_object('version', jsonb_build_array(null, p.version)), null
        from rowhouse.policy as p
        where p.made_by <> 'rowhouse' and (:name::text is null or p.name = :name::text)
        order by p.made_at desc
        limit :limit::integer
    )
    union all (
        select c.deployed_at, 'component', c.name, 'deployed', c.deployed_by,
            jsonb_build_object('version', jsonb_build_array(null, c.version)), null
        from rowhouse.component as c
        where :name::text is null or c.name = :name::text
        order by c.deployed_at desc
        limit :limit::integer
    )
    union all (
        select n.started_at, 'node', n.name, 'came up', null, null, 'in ' || n.zone
        from rowhouse.node as n
        where not n.simulated and (:name::text is null or n.name = :name::text)
        order by n.number desc
        limit :limit::integer
    )
    union all (
        select n.ended_at, 'node', n.name, case n.ended_by when 'lease' then 'was found dead' when 'close' then 'stopped' else 'ended' end,
            null, null, null
        from rowhouse.node as n
        where n.ended_at is not null and not n.simulated and n.ended_by <> 'restart' and (:name::text is null or n.name = :name::text)
        order by n.ended_at desc
        limit :limit::integer
    )
    union all (
        select a.at, a.subject_kind, left(a.subject, 200), regexp_replace(a.action, '_' || a.subject_kind || 's?$', ''), a.account,
            null, a.detail
        from (
            select *
            from rowhouse.audit
            where :name::text is null or audit.subject = :name::text
            order by audit.number desc
            limit 1000
        ) as a
        where a.outcome = 'done'
            -- The rows of these tell it themselves, or nothing has changed.
            and (a.subject_kind not in ('queue', 'schedule', 'setting', 'policy', 'component', 'session', 'link', 'saved', 'sql')
                or a.action = 'undeploy')
        order by a.number desc
        limit :limit::integer
    )
), latest as (
    select *
    from changed
    where :kind::text is null or kind = :kind::text
    order by at desc, kind, name, what
    limit :limit::integer
)
select coalesce(json_agg(json_strip_nulls(to_json(latest)) order by at desc, kind, name, what), '[]'::json) from latest
