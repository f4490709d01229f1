-- Sets up the transaction of a statement of the user. It is a query, after which a transaction that can only read
-- cannot be turned into one that writes.
-- set: the transaction    gives: nothing of use    locks: none
select set_config('statement_timeout', :timeout_ms::text, true),
       set_config('search_path', coalesce(quote_ident(:schema::text), 'rowhouse, public'), true),
       set_config('rowhouse.user', :user::text, true),
       set_config('transaction_read_only', :read_only::text, true)
