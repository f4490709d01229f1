-- Makes the session's commits wait for disk and synchronous standbys, as far as they do not wait for more already, and
-- takes a transaction number: so its own commit waits for all that was committed before.
-- set: none
-- gives: one row of no interest
-- locks: none
select
    set_config(
        'synchronous_commit',
        case current_setting('synchronous_commit') when 'remote_apply' then 'remote_apply' else 'on' end,
        false) as level,
    pg_current_xact_id() as number
