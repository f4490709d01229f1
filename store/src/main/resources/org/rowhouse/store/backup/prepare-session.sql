-- The settings of a session that copies: every server writes values as the same text, and long statements run.
-- set: none
-- gives: nothing
-- locks: none
set search_path = pg_catalog;
set timezone = 'UTC';
set intervalstyle = 'iso_8601';
set bytea_output = 'hex';
set extra_float_digits = 1;
set lc_monetary = 'C';
set check_function_bodies = off;
set statement_timeout = 0;
set lock_timeout = 0;
set idle_in_transaction_session_timeout = 0
