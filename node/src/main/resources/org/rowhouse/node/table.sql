-- One table or view as the catalog describes it: columns, constraints, indexes, triggers, size, how it is used, and which
-- functions of its schema have statements in their text that change it.
-- set: the relation :name of :schema    gives: one object; no row if there is none    locks: none
with found as (
    select relation.oid, relation.relname, relation.relkind, relation.reltuples, namespace.nspname, namespace.oid as schema_oid,
           obj_description(relation.oid, 'pg_class') as comment,
           regexp_replace(relation.relname, '([^[:alnum:]_])', '\\\1', 'g') as pattern
    from pg_class as relation
    join pg_namespace as namespace on namespace.oid = relation.relnamespace
    where namespace.nspname = :schema::text and relation.relname = :name::text and relation.relkind in ('r', 'p', 'v', 'm', 'f')
)
select json_build_object(
    'schema', found.nspname,
    'name', found.relname,
    'kind', case when found.relkind in ('v', 'm') then 'view' else 'table' end,
    'comment', found.comment,
    'owner', substring(found.comment from 'Owner: ([a-z-]+)\.'),
    'rows_estimated', case when found.relkind <> 'v' then
        coalesce(nullif(pg_stat_get_live_tuples(found.oid), 0), greatest(found.reltuples, 0)::bigint) end,
    'bytes', case when found.relkind in ('r', 'm') then json_build_object(
        'total', pg_total_relation_size(found.oid), 'rows', pg_relation_size(found.oid), 'indexes', pg_indexes_size(found.oid)) end,
    'definition', case when found.relkind in ('v', 'm') then pg_get_viewdef(found.oid, true) end,
    'columns', (
        select coalesce(json_agg(json_build_object(
                   'name', attribute.attname, 'type', format_type(attribute.atttypid, attribute.atttypmod),
                   'not_null', attribute.attnotnull,
                   'preset', case when attribute.attidentity <> '' then 'counted up'
                                  when attribute.attgenerated <> '' then '= ' || pg_get_expr(preset.adbin, preset.adrelid)
                                  else pg_get_expr(preset.adbin, preset.adrelid) end,
                   'comment', col_description(found.oid, attribute.attnum))
               order by attribute.attnum), '[]'::json)
        from pg_attribute as attribute
        left join pg_attrdef as preset on preset.adrelid = attribute.attrelid and preset.adnum = attribute.attnum
        where attribute.attrelid = found.oid and attribute.attnum > 0 and not attribute.attisdropped),
    'constraints', (
        select coalesce(json_agg(json_build_object(
                   'name', own.conname,
                   'kind', case own.contype when 'p' then 'primary key' when 'u' then 'unique' when 'f' then 'foreign key'
                                            when 'x' then 'exclusion' else 'check' end,
                   'columns', (
                       select coalesce(json_agg(attribute.attname order by key.place), '[]'::json)
                       from unnest(own.conkey) with ordinality as key (number, place)
                       join pg_attribute as attribute on attribute.attrelid = own.conrelid and attribute.attnum = key.number),
                   'definition', pg_get_constraintdef(own.oid, true))
               order by array_position(array['p', 'u', 'x', 'f', 'c'], own.contype::text), own.conname), '[]'::json)
        from pg_constraint as own
        where own.conrelid = found.oid and own.contype in ('p', 'u', 'x', 'f', 'c')),
    'indexes', (
        select coalesce(json_agg(json_build_object(
                   'name', index.relname,
                   'kind', case when own.indisprimary then 'primary key' when own.indisunique then 'unique' else '' end,
                   'definition', substring(pg_get_indexdef(index.oid) from ' USING (.*)$'),
                   'comment', obj_description(index.oid, 'pg_class'),
                   'valid', own.indisvalid,
                   'bytes', pg_relation_size(index.oid),
                   'scans', pg_stat_get_numscans(index.oid))
               order by own.indisprimary desc, own.indisunique desc, index.relname), '[]'::json)
        from pg_index as own
        join pg_class as index on index.oid = own.indexrelid
        where own.indrelid = found.oid),
    'triggers', (
        select coalesce(json_agg(json_build_object(
                   'name', own.tgname, 'definition', pg_get_triggerdef(own.oid, true), 'enabled', own.tgenabled <> 'D',
                   'comment', coalesce(obj_description(own.oid, 'pg_trigger'), obj_description(own.tgfoid, 'pg_proc')))
               order by own.tgname), '[]'::json)
        from pg_trigger as own
        where own.tgrelid = found.oid and not own.tgisinternal),
    'functions', (
        select coalesce(json_agg(distinct changing.proname), '[]'::json)
        from pg_proc as changing
        where changing.pronamespace = found.schema_oid
          and changing.prosrc ~* ('\m(insert\s+into|update|delete\s+from|merge\s+into)\s+(only\s+)?([a-z_]+\.)?'
                                  || found.pattern || '\M')),
    'use', (
        select json_build_object(
                   'inserted', used.n_tup_ins, 'updated', used.n_tup_upd, 'deleted', used.n_tup_del, 'dead', used.n_dead_tup,
                   'scans', used.seq_scan, 'index_scans', used.idx_scan,
                   'vacuumed_at', greatest(used.last_vacuum, used.last_autovacuum),
                   'analyzed_at', greatest(used.last_analyze, used.last_autoanalyze))
        from pg_stat_all_tables as used
        where used.relid = found.oid))
from found
