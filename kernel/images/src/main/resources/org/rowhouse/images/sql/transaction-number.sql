-- The number of this transaction: another one after a migration tells that it has ended the transaction.
-- gives: number
select pg_current_xact_id()::text as number
