-- Lets the everyday role see all sessions and end its own.
grant pg_monitor, pg_signal_backend to rowhouse
