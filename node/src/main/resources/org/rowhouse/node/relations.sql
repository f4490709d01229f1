-- What refers to what, as a diagram draws it. Three kinds: constraint (a foreign key), view (what a view reads, by its
-- definition), and convention: the kernel has few foreign keys, since rows in buckets of their own must not wait for each
-- other; what its columns' comments say is written down here once. Of these only those are given whose columns exist.
-- set: all tables and views outside PostgreSQL's own schemas    gives: an array, 20,000 at most    locks: none
with convention (origin, origin_columns, target, target_columns) as (
    values
        ('calls', array['node'], 'node', array['number']),
        ('certificate', array['node'], 'node', array['name']),
        ('component_function', array['component', 'version'], 'component', array['name', 'version']),
        ('component_migration', array['component', 'version'], 'component', array['name', 'version']),
        ('data_place', array['node'], 'node', array['name']),
        ('join_token', array['used_by'], 'node', array['name']),
        ('login_link', array['account'], 'account', array['name']),
        ('placing_holding', array['task'], 'task', array['id']),
        ('placing_holding', array['need'], 'need', array['number']),
        ('policy_change', array['name', 'version'], 'policy', array['name', 'version']),
        ('saved', array['account'], 'account', array['name']),
        ('schedule', array['queue'], 'queue', array['name']),
        ('schedule', array['component', 'function'], 'component_function', array['component', 'function']),
        ('scheduler', array['node'], 'node', array['number']),
        ('session', array['account'], 'account', array['name']),
        ('step', array['bucket', 'task'], 'task', array['bucket', 'id']),
        ('task', array['component', 'version', 'function'], 'component_function', array['component', 'version', 'function']),
        ('task', array['forked_from'], 'task', array['id']),
        ('task', array['need'], 'need', array['number']),
        ('task', array['node'], 'node', array['number']),
        ('task', array['parent'], 'task', array['id']),
        ('task', array['placed'], 'node', array['number']),
        ('task', array['queue'], 'queue', array['name']),
        ('task', array['root'], 'task', array['id']),
        ('task_event', array['bucket', 'task'], 'task', array['bucket', 'id']),
        ('task_event', array['node'], 'node', array['number']),
        ('task_log', array['bucket', 'task'], 'task', array['bucket', 'id']),
        ('topology', array['node'], 'node', array['name']),
        ('topology', array['node', 'parent'], 'topology', array['node', 'part']),
        ('topology', array['node', 'peer'], 'topology', array['node', 'part'])
), relation as (
    select one.oid, namespace.nspname as schema, one.relname as name, (
               select array_agg(attribute.attname::text)
               from pg_attribute as attribute
               where attribute.attrelid = one.oid and attribute.attnum > 0 and not attribute.attisdropped) as columns
    from pg_class as one
    join pg_namespace as namespace on namespace.oid = one.relnamespace
    where one.relkind in ('r', 'p', 'v', 'm', 'f')
      and namespace.nspname not in ('pg_catalog', 'information_schema') and namespace.nspname !~ '^pg_'
), reference as (
    select 'constraint' as kind, own.conrelid as origin_oid, own.confrelid as target_oid, (
               select array_agg(attribute.attname::text order by key.place)
               from unnest(own.conkey) with ordinality as key (number, place)
               join pg_attribute as attribute on attribute.attrelid = own.conrelid and attribute.attnum = key.number)
           as origin_columns, (
               select array_agg(attribute.attname::text order by key.place)
               from unnest(own.confkey) with ordinality as key (number, place)
               join pg_attribute as attribute on attribute.attrelid = own.confrelid and attribute.attnum = key.number)
           as target_columns
    from pg_constraint as own
    where own.contype = 'f' and own.conparentid = 0
    union all
    select distinct 'view', rule.ev_class, needed.refobjid, '{}'::text[], '{}'::text[]
    from pg_rewrite as rule
    join pg_depend as needed on needed.classid = 'pg_rewrite'::regclass and needed.objid = rule.oid
                            and needed.refclassid = 'pg_class'::regclass and needed.refobjid <> rule.ev_class
    union all
    select 'convention', origin.oid, target.oid, convention.origin_columns, convention.target_columns
    from convention
    join relation as origin on origin.schema = 'rowhouse' and origin.name = convention.origin
                           and origin.columns @> convention.origin_columns
    join relation as target on target.schema = 'rowhouse' and target.name = convention.target
                           and target.columns @> convention.target_columns
), listed as (
    select reference.kind, origin.schema as from_schema, origin.name as from_table, reference.origin_columns as from_columns,
           target.schema as to_schema, target.name as to_table, reference.target_columns as to_columns
    from reference
    join relation as origin on origin.oid = reference.origin_oid
    join relation as target on target.oid = reference.target_oid
    limit 20000
)
select coalesce(json_agg(listed order by from_schema, from_table, to_schema, to_table, kind, from_columns), '[]'::json)
from listed
