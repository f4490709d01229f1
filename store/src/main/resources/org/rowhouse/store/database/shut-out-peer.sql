-- The statements that let a node's role log in no more. Takes :role and :peers, the role of all nodes: only its members
-- can be shut out.
select format('alter role %I nologin', r.rolname) as statement
from pg_roles r
join pg_auth_members m on m.member = r.oid
join pg_roles p on p.oid = m.roleid
where r.rolname = :role and p.rolname = :peers
