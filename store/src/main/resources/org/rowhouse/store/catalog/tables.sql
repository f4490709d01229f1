-- The kernel's tables and views by name, each with its comment and storage settings.
select c.relname                                as name,
       obj_description(c.oid, 'pg_class')       as meaning,
       array_to_string(c.reloptions, ', ')      as storage
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where n.nspname = 'rowhouse' and c.relkind in ('r', 'p', 'v', 'm') and not c.relispartition
order by c.relname
