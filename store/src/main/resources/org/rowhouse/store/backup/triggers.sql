-- Takes disable or enable. Gives, for each table of the kernel's schema with triggers, the statement that does so:
-- restored rows are as they were and nothing must follow from them.
select format('alter table %I.%I %s trigger user', n.nspname, c.relname, ?::text)
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where n.nspname = 'rowhouse'
  and c.relkind in ('r', 'p')
  and exists (select 1 from pg_trigger where tgrelid = c.oid and not tgisinternal)
