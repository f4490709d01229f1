-- Takes a table. Gives its columns in order.
select a.attname                                as name,
       format_type(a.atttypid, a.atttypmod)     as type,
       a.attnotnull                             as required,
       case when a.attidentity <> '' then 'counted up'
            when a.attgenerated <> '' then '= ' || pg_get_expr(d.adbin, d.adrelid)
            else pg_get_expr(d.adbin, d.adrelid) end as preset,
       col_description(c.oid, a.attnum)         as meaning
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
where n.nspname = 'rowhouse' and c.relname = ?
order by a.attnum
