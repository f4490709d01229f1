-- Whether nearly all pages of the tables of tasks are known to be seen by everyone, so that indexes alone can answer.
-- set: two rows of the catalog    gives: one row    locks: none
select bool_and(relallvisible >= 0.98 * relpages) as visible
from pg_class
where oid in ('rowhouse.task'::regclass, 'rowhouse.task_event'::regclass)
