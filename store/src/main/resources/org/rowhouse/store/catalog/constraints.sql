-- Takes a table. Gives its keys, references and checks, in this order.
select pg_get_constraintdef(o.oid) as definition
from pg_constraint o
join pg_class c on c.oid = o.conrelid
join pg_namespace n on n.oid = c.relnamespace
where n.nspname = 'rowhouse' and c.relname = ? and o.contype in ('p', 'u', 'x', 'f', 'c')
order by array_position(array['p', 'u', 'x', 'f', 'c'], o.contype::text), o.conname
