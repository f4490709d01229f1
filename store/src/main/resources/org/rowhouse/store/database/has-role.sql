-- Whether the server has a role of this name. Takes :name.
select exists (select 1 from pg_roles where rolname = :name) as there
