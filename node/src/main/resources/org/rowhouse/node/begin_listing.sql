-- Sets up the transaction of a listing or an operation.
-- set: the transaction    gives: nothing of use    locks: none
select set_config('statement_timeout', :timeout_ms::text, true), set_config('rowhouse.user', :user::text, true)
