-- The kernel's tables with their place in a distributed database, which the last sentence of each one's comment names, and
-- the statements that lock it, count its rows, and put it there.
-- takes: how many shards there shall be    gives: a row for each table, the one that the others follow first    locks: none
select relation.relname as name,
       coalesce(substring(obj_description(relation.oid, 'pg_class') from 'Citus: ([a-z]+)\.$'), '') as kind,
       exists (select from pg_dist_partition where logicalrelid = relation.oid) as done,
       pg_has_role(relation.relowner, 'usage') as allowed,
       format('lock table rowhouse.%I in share row exclusive mode', relation.relname) as lock,
       format('select count(*) from rowhouse.%I', relation.relname) as count,
       case substring(obj_description(relation.oid, 'pg_class') from 'Citus: ([a-z]+)\.$')
           when 'reference' then format('select create_reference_table(''rowhouse.%I'')', relation.relname)
           when 'distributed' then
               case relation.relname
                   when 'task' then format(
                       'select create_distributed_table(''rowhouse.task'', ''bucket'', colocate_with => ''none'', shard_count => %s)',
                       :shards::integer)
                   else format(
                       'select create_distributed_table(''rowhouse.%I'', ''bucket'', colocate_with => ''rowhouse.task'')',
                       relation.relname)
               end
       end as spread,
       format('select truncate_local_data_after_distributing_table(''rowhouse.%I'')', relation.relname) as tidy
from pg_class as relation
join pg_namespace as namespace on namespace.oid = relation.relnamespace
where namespace.nspname = 'rowhouse' and relation.relkind in ('r', 'p') and not relation.relispartition
order by relation.relname <> 'task', kind, relation.relname
