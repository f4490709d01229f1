-- Gives the statement that empties all tables of the kernel's schema but the record of migrations; null if there are none.
select 'truncate ' || string_agg(format('%I.%I', n.nspname, c.relname), ', ')
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where n.nspname = 'rowhouse' and c.relkind in ('r', 'p') and c.relname <> 'migration'
