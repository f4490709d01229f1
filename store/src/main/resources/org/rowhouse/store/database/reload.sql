-- Lets the server read its settings and certificates anew.
select pg_reload_conf()
