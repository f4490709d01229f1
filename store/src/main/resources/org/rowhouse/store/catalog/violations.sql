-- Every breach of the rules for the kernel's schema, as one sentence each. A table is spread over buckets if its column
-- bucket may not be null; all others are small and exempt from the rules on buckets.
with relation as (
    select c.oid, c.relname, c.relkind,
           (select attnum from pg_attribute
            where attrelid = c.oid and attname = 'bucket' and attnotnull and not attisdropped) as bucket
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'rowhouse' and c.relkind in ('r', 'p', 'v', 'm') and not c.relispartition
)
select format('table %s has no comment', relname) as violation
from relation
where coalesce(obj_description(oid, 'pg_class'), '') = ''
union all
select format('column %s.%s has no comment', r.relname, a.attname)
from relation r
join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
where coalesce(col_description(r.oid, a.attnum), '') = ''
union all
select format('index %s of table %s has no comment that says what it is for', x.relname, r.relname)
from relation r
join pg_index i on i.indrelid = r.oid
join pg_class x on x.oid = i.indexrelid
where coalesce(obj_description(x.oid, 'pg_class'), '') = ''
  and not exists (select 1 from pg_constraint where conindid = x.oid and contype in ('p', 'u', 'x'))
union all
select format('function %s(%s) has no comment', p.proname, pg_get_function_identity_arguments(p.oid))
from pg_proc p
join pg_namespace n on n.oid = p.pronamespace
where n.nspname = 'rowhouse' and coalesce(obj_description(p.oid, 'pg_proc'), '') = ''
union all
select format('type %s has no comment', t.typname)
from pg_type t
join pg_namespace n on n.oid = t.typnamespace
where n.nspname = 'rowhouse' and t.typtype in ('e', 'd') and coalesce(obj_description(t.oid, 'pg_type'), '') = ''
union all
select format('table %s has no primary key', relname)
from relation r
where relkind in ('r', 'p') and not exists (select 1 from pg_index where indrelid = r.oid and indisprimary)
union all
select format('%s %s of table %s does not begin with bucket',
              case when i.indisprimary then 'primary key' else 'unique index' end, x.relname, r.relname)
from relation r
join pg_index i on i.indrelid = r.oid
join pg_class x on x.oid = i.indexrelid
where r.bucket is not null and (i.indisunique or i.indisexclusion) and i.indkey[0] <> r.bucket
union all
select format('foreign key %s of table %s crosses buckets: it refers to %s without its bucket',
              o.conname, r.relname, t.relname)
from relation r
join pg_constraint o on o.conrelid = r.oid and o.contype = 'f'
join relation t on t.oid = o.confrelid
where t.bucket is not null
  and not exists (select 1
                  from unnest(o.conkey, o.confkey) as pair (own, other)
                  where pair.own = r.bucket and pair.other = t.bucket)
order by 1
