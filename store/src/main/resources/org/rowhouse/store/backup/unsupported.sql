-- Takes components' :schemas. Gives what they contain that a backup cannot make anew, as words.
with chosen as (
    select oid, nspname from pg_namespace where nspname = any (:schemas::text[])
)
select case c.relkind
           when 'p' then 'the partitioned table '
           when 'f' then 'the foreign table '
           else 'the inheriting or row-secured table '
       end || format('%I.%I', nspname, relname) as thing
from pg_class c
join chosen n on n.oid = c.relnamespace
where c.relkind in ('p', 'f')
   or c.relkind = 'r' and (c.relrowsecurity or c.relispartition
                           or exists (select 1 from pg_inherits where inhrelid = c.oid))
union all
select 'the type ' || format('%I.%I', nspname, typname)
from pg_type t
join chosen n on n.oid = t.typnamespace
left join pg_class c on c.oid = t.typrelid
where t.typtype in ('d', 'r', 'm') or t.typtype = 'c' and c.relkind = 'c' or t.typtype = 'b' and t.typelem = 0
union all
select 'the aggregate function ' || format('%I.%I', nspname, proname)
from pg_proc p
join chosen n on n.oid = p.pronamespace
where p.prokind in ('a', 'w')
union all
select 'the rule ' || quote_ident(rulename) || ' of ' || format('%I.%I', nspname, relname)
from pg_rewrite r
join pg_class c on c.oid = r.ev_class
join chosen n on n.oid = c.relnamespace
where r.rulename <> '_RETURN'
order by 1
