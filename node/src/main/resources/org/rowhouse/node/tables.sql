-- Tables, views and functions that a statement can name, with their columns: what a prompt completes.
-- set: all outside PostgreSQL's own schemas    gives: an array    locks: none
select coalesce(json_agg(listed order by listed.schema, listed.name), '[]'::json)
from (
    select namespace.nspname as schema, relation.relname as name,
           case relation.relkind when 'v' then 'view' when 'm' then 'view' else 'table' end as kind,
           greatest(relation.reltuples, 0)::bigint as rows_estimated,
           obj_description(relation.oid, 'pg_class') as comment, (
               select coalesce(json_agg(json_build_object(
                          'name', attribute.attname, 'type', format_type(attribute.atttypid, attribute.atttypmod),
                          'not_null', attribute.attnotnull, 'comment', col_description(relation.oid, attribute.attnum))
                      order by attribute.attnum), '[]'::json)
               from pg_attribute as attribute
               where attribute.attrelid = relation.oid and attribute.attnum > 0 and not attribute.attisdropped) as columns
    from pg_class as relation
    join pg_namespace as namespace on namespace.oid = relation.relnamespace
    where relation.relkind in ('r', 'p', 'v', 'm', 'f')
      and namespace.nspname not in ('pg_catalog', 'information_schema') and namespace.nspname !~ '^pg_'
    limit 10000) as listed
