-- The kernel's functions that read no table: what queries over tasks may call on every server.
-- gives: the statements that take them there    locks: none
select format('select create_distributed_function(%L)', proc.oid::regprocedure) as spread
from pg_proc as proc
join pg_namespace as namespace on namespace.oid = proc.pronamespace
where namespace.nspname = 'rowhouse' and proc.provolatile = 'i' and proc.prokind = 'f'
order by proc.oid::regprocedure::text
