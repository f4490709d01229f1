-- One task on its time axis: at most :most steps after :after, what they started, and the task's events; no large values.
-- set: the task :id    gives: its columns and arrays of these; no row if unknown    locks: none
select line from rowhouse.time_line(:id::uuid, :after::integer, :most::integer, :look::integer, :each_step::integer) as line
where line is not null
