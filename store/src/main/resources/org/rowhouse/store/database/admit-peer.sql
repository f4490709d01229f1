-- The statements that make a node's role and let it log in, in their order: those that are still to be done. Whatever the
-- node makes belongs to the everyday role, as on any node. Takes :role and :peers, the role of all nodes.
select statement
from (values
    (1, format('create role %I nologin', :peers::text), not exists (select 1 from pg_roles where rolname = :peers)),
    (2, format('create role %I', :role::text), not exists (select 1 from pg_roles where rolname = :role)),
    (3, format('alter role %I login', :role::text), true),
    (4, format('grant rowhouse, %I to %I', :peers::text, :role::text), true),
    (5, format('alter role %I set role = rowhouse', :role::text), true)
) as step (place, statement, due)
where due
order by place
