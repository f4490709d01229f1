-- Whether the server is at work for a connection.
-- set: one process by its id and the time it began
-- gives: one row
-- locks: none
select exists (
    select
    from pg_stat_activity
    where pid = ? and backend_start = ?::timestamptz and coalesce(state, '') not like 'idle%'
) and not pg_is_in_recovery() as at_work
