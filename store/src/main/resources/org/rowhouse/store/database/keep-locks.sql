-- The statements after which the everyday role alone takes advisory locks in this database, in their order. The kernel waits
-- for such locks, and statements of viewers could hold them. Takes :role.
with locking as (
    select string_agg(p.oid::regprocedure::text, ', ' order by p.oid) as functions
    from pg_proc as p
    where p.pronamespace = 'pg_catalog'::regnamespace and p.proname ~ '^pg_(try_)?advisory_'
)
select statement
from locking
cross join lateral (values
    (1, format('grant execute on function %s to %I', functions, :role::text)),
    (2, format('revoke execute on function %s from public', functions))
) as step (place, statement)
order by place
