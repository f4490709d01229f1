-- The timeline that the server writes: it grows each time a standby becomes the primary.
-- set: none
-- gives: one row: the number; none while the server only follows another
-- locks: none
select ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::bigint as timeline
where not pg_is_in_recovery()
