-- What this server is and what the user may do here. One row.
select current_setting('server_version_num')::int as version,
       current_setting('server_version')          as version_name,
       current_setting('server_encoding')         as encoding,
       pg_is_in_recovery()                        as standby,
       has_database_privilege(current_database(), 'create')
       or coalesce(has_schema_privilege(to_regnamespace('rowhouse'), 'create'), false) as may_create
