-- Every breach of what Citus asks of the kernel's schema, as one sentence each. Where a table lies is the last sentence of
-- its comment: Citus: distributed. by bucket, Citus: reference. on every server, Citus: local. on the coordinator.
with relation as (
    select c.oid, c.relname, c.relrowsecurity,
           coalesce(substring(obj_description(c.oid, 'pg_class') from 'Citus: ([a-z]+)\.$'), '') as kind,
           (select attnum from pg_attribute
            where attrelid = c.oid and attname = 'bucket' and attnotnull and atttypid = 'smallint'::regtype
                and not attisdropped) as bucket
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = 'rowhouse' and c.relkind in ('r', 'p') and not c.relispartition
)
select format('the comment of table %s does not end with where it lies: Citus: distributed, reference or local.', relname)
    as violation
from relation
where kind not in ('distributed', 'reference', 'local')
union all
select format('distributed table %s has no column bucket smallint not null', relname)
from relation
where kind = 'distributed' and bucket is null
union all
select format('table %s has a bucket but is not distributed', relname)
from relation
where kind <> 'distributed' and bucket is not null
union all
select format('%s %s of distributed table %s is without bucket',
              case when i.indisprimary then 'primary key' else 'unique index' end, x.relname, r.relname)
from relation r
join pg_index i on i.indrelid = r.oid
join pg_class x on x.oid = i.indexrelid
where r.kind = 'distributed' and (i.indisunique or i.indisexclusion) and r.bucket <> all (i.indkey::smallint[])
union all
select format('foreign key %s of %s table %s refers to %s table %s', o.conname, r.kind, r.relname, t.kind, t.relname)
from relation r
join pg_constraint o on o.conrelid = r.oid and o.contype = 'f'
join relation t on t.oid = o.confrelid
where r.kind <> t.kind and (r.kind, t.kind) <> ('distributed', 'reference')
union all
select format('foreign key %s of table %s crosses buckets: it refers to %s without its bucket', o.conname, r.relname, t.relname)
from relation r
join pg_constraint o on o.conrelid = r.oid and o.contype = 'f'
join relation t on t.oid = o.confrelid
where r.kind = 'distributed' and t.kind = 'distributed'
  and not exists (select 1
                  from unnest(o.conkey, o.confkey) as pair (own, other)
                  where pair.own = r.bucket and pair.other = t.bucket)
union all
select format('trigger %s of %s table %s would run on every server', g.tgname, r.kind, r.relname)
from relation r
join pg_trigger g on g.tgrelid = r.oid and not g.tgisinternal
where r.kind <> 'local'
union all
select format('column %s of %s table %s counts up by itself', a.attname, r.kind, r.relname)
from relation r
join pg_attribute a on a.attrelid = r.oid and not a.attisdropped
left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
where r.kind <> 'local' and (a.attidentity <> '' or pg_get_expr(d.adbin, d.adrelid) like '%nextval(%')
union all
select format('%s table %s has row security', kind, relname)
from relation
where kind <> 'local' and relrowsecurity
union all
select format('function %s(%s) has parameters and is in SQL: write it in PL/pgSQL', p.proname,
              pg_get_function_identity_arguments(p.oid))
from pg_proc p
join pg_namespace n on n.oid = p.pronamespace
join pg_language l on l.oid = p.prolang
where n.nspname = 'rowhouse' and l.lanname = 'sql' and p.pronargs > 0
order by 1
