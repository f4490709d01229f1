-- Tables and views that a statement can name, with their columns: what a prompt completes, and the list of them. Rows are
-- the statistics' estimate; bytes are with indexes, null for a view.
-- set: all outside PostgreSQL's own schemas, 10,000 at most; :columns: with their columns    gives: an array    locks: none
select coalesce(json_agg(listed order by listed.schema, listed.name), '[]'::json)
from (
    select namespace.nspname as schema, relation.relname as name,
           case relation.relkind when 'v' then 'view' when 'm' then 'view' else 'table' end as kind,
           coalesce(nullif(pg_stat_get_live_tuples(relation.oid), 0), greatest(relation.reltuples, 0)::bigint) as rows_estimated,
           case when relation.relkind in ('r', 'm') then pg_total_relation_size(relation.oid) end as bytes,
           substring(obj_description(relation.oid, 'pg_class') from 'Owner: ([a-z-]+)\.') as owner,
           obj_description(relation.oid, 'pg_class') as comment, case when :columns::boolean then (
               select coalesce(json_agg(json_build_object(
                          'name', attribute.attname, 'type', format_type(attribute.atttypid, attribute.atttypmod),
                          'not_null', attribute.attnotnull, 'comment', col_description(relation.oid, attribute.attnum))
                      order by attribute.attnum), '[]'::json)
               from pg_attribute as attribute
               where attribute.attrelid = relation.oid and attribute.attnum > 0 and not attribute.attisdropped) end as columns
    from pg_class as relation
    join pg_namespace as namespace on namespace.oid = relation.relnamespace
    where relation.relkind in ('r', 'p', 'v', 'm', 'f')
      and namespace.nspname not in ('pg_catalog', 'information_schema') and namespace.nspname !~ '^pg_'
    limit 10000) as listed
