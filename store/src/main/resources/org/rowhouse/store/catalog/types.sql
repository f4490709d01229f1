-- The kernel's enumerations, each with its values in order.
select t.typname as name,
       obj_description(t.oid, 'pg_type') as meaning,
       string_agg(e.enumlabel, ', ' order by e.enumsortorder) as definition
from pg_type t
join pg_namespace n on n.oid = t.typnamespace
join pg_enum e on e.enumtypid = t.oid
where n.nspname = 'rowhouse'
group by t.oid, t.typname
order by t.typname
