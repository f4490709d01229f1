-- One task with all that is known about it.
-- set: the task :id    gives: its columns, steps, events and counts of its children by state; no row if unknown    locks: none
select described from rowhouse.describe_task(:id::uuid) as described where described is not null
