-- Counts a login and says whether it comes too soon after too many that failed; else gives the password's hash.
-- takes: account, address, failures_max, wait_ms, kept    locks: its row of login_failure    gives: refused, password
select refused, password
from rowhouse.begin_login(:account, :address, :failures_max::integer, :wait_ms::bigint * interval '1 millisecond', :kept::integer)
