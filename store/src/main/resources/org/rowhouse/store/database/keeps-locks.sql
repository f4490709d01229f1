-- Whether advisory locks of this database are kept from the role :name.
select not has_function_privilege(:name::text, 'pg_catalog.pg_advisory_lock(bigint)', 'execute') as there
