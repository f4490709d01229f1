-- How far a task is: its state, how many tasks it and its children have asked for, and how many of these stand where.
-- set: the task :id    gives: {id, state, total, ended, failed, running}; no row if unknown    locks: none
select progress from rowhouse.task_progress(:id::uuid) as progress where progress is not null
