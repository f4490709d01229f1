-- Stores log lines of tasks. A line that is already there is left as it is, so a retry is harmless; one of an attempt that
-- is no longer the task's newest is dropped, and so is one of a task that is no longer there.
-- set: one row for each line: its task and attempt, its number within the attempt
-- gives: true
-- locks: none
with asked as materialized (
    select *
    from unnest(:task, :attempt, :number, :line)
        with ordinality as asked (task, attempt, number, line, position)
), stored as (
    insert into task_log (bucket, task, attempt, number, line)
    select :bucket, asked.task, asked.attempt, asked.number, asked.line
    from asked
    cross join lateral (
        select 1
        from task
        where bucket = :bucket and id = asked.task and attempt = asked.attempt
        offset 0
    ) as held
    on conflict do nothing
)
select position, true as stored from asked
