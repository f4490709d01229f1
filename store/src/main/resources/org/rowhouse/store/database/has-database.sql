-- Whether the server has a database of this name. Takes :name.
select exists (select 1 from pg_database where datname = :name) as there
