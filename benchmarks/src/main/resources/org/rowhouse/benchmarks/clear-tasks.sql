-- Forgets all tasks.
-- takes: nothing; gives: nothing; locks: the tables
truncate rowhouse.task, rowhouse.task_event
