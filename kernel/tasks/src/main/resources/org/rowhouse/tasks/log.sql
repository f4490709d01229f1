-- Stores log lines of tasks. A line that is already there is left as it is, so a retry is harmless.
-- set: one row for each line: its task and attempt, its number within the attempt
-- gives: true
-- locks: none
with asked as materialized (
    select *
    from unnest(:task, :attempt, :number, :line)
        with ordinality as asked (task, attempt, number, line, position)
), stored as (
    insert into task_log (bucket, task, attempt, number, line)
    select :bucket, task, attempt, number, line from asked
    on conflict do nothing
)
select position, true as stored from asked
