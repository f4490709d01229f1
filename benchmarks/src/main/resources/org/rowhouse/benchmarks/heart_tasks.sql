-- Starts tasks in a queue, as a client does.
-- set: the queue, how many
-- gives: how many
-- locks: as the function says
select count(rowhouse.start_task('benchmark', 'timed', '{"value": 1}', queue => ?)) from generate_series(1, ?)
