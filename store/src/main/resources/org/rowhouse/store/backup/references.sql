-- Gives which table of the kernel's schema refers to which other one.
select distinct a.relname as referring, b.relname as referred
from pg_constraint c
join pg_class a on a.oid = c.conrelid
join pg_class b on b.oid = c.confrelid
join pg_namespace n on n.oid = a.relnamespace
where n.nspname = 'rowhouse' and c.contype = 'f' and c.conrelid <> c.confrelid
