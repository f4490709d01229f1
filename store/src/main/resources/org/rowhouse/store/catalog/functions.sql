-- The kernel's functions that people may call; triggers' own ones are left out.
select p.proname as name,
       obj_description(p.oid, 'pg_proc') as meaning,
       format('(%s) returns %s', pg_get_function_arguments(p.oid), pg_get_function_result(p.oid)) as definition
from pg_proc p
join pg_namespace n on n.oid = p.pronamespace
where n.nspname = 'rowhouse' and p.prorettype <> 'trigger'::regtype
order by p.proname, pg_get_function_identity_arguments(p.oid)
