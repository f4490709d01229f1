-- Whether this transaction may change something.
-- set: none
-- gives: one row
-- locks: none
select not current_setting('transaction_read_only')::boolean as takes_changes
