-- Takes :schemas. Gives their tables with all columns that hold data, and the statement that copies each out;
-- leaves out the record of migrations, which the manifest carries. Locks nothing.
select n.nspname as schema,
       c.relname as name,
       a.columns,
       format('copy (select %s from %s %I.%I) to stdout',
              a.list, case c.relkind when 'r' then 'only' else '' end, n.nspname, c.relname) as copy_out
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
cross join lateral (
    select coalesce(array_agg(attname::text order by attnum), '{}') as columns,
           string_agg(quote_ident(attname), ', ' order by attnum)   as list
    from pg_attribute
    where attrelid = c.oid and attnum > 0 and not attisdropped and attgenerated = ''
) a
where n.nspname = any (:schemas::text[])
  and c.relkind in ('r', 'p')
  and not c.relispartition
  and (n.nspname, c.relname) <> ('rowhouse', 'migration')
order by n.nspname, c.relname
