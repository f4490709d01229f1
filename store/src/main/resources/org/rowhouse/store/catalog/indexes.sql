-- Takes a table. Gives the indexes that are no constraint's.
select x.relname as name,
       case when i.indisunique then 'unique ' else '' end
       || substring(pg_get_indexdef(x.oid) from ' USING (.*)$') as definition,
       obj_description(x.oid, 'pg_class') as meaning
from pg_index i
join pg_class c on c.oid = i.indrelid
join pg_namespace n on n.oid = c.relnamespace
join pg_class x on x.oid = i.indexrelid
where n.nspname = 'rowhouse' and c.relname = ?
  and not exists (select 1 from pg_constraint where conindid = x.oid and contype in ('p', 'u', 'x'))
order by x.relname
