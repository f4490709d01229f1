-- The settings of a session that describes the schema: names of the kernel need none before them.
set search_path = rowhouse, pg_catalog
