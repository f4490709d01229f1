-- Ends the sessions of a role that logged in from another machine. Takes :role.
select pg_terminate_backend(pid)
from pg_stat_activity
where usename = :role
