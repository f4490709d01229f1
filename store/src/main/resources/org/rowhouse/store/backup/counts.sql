-- Gives, for each table of the kernel's schema but the record of migrations, the statement that counts its rows,
-- up to a number that no migration puts there.
select c.relname as name,
       format('select count(*) from (select from %I.%I limit 10000) few', n.nspname, c.relname) as statement
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where n.nspname = 'rowhouse' and c.relkind in ('r', 'p') and c.relname <> 'migration'
