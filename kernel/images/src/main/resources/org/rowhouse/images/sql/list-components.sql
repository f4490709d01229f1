-- Versions of components with their functions, without their files; the newest of each component first.
-- takes: name and version, null for all    gives: a row for each; what it has of functions are arrays of one length
select c.name, c.version, c.current, c.kind, c.digest, c.manifest::text as manifest, c.deployed_at, f.*
from rowhouse.component as c
cross join lateral (
    select coalesce(array_agg(function order by function), '{}')            as functions,
           coalesce(array_agg(workflow order by function), '{}')            as workflows,
           coalesce(array_agg(input_schema::text order by function), '{}')  as input_schemas,
           coalesce(array_agg(output_schema::text order by function), '{}') as output_schemas
    from rowhouse.component_function
    where component = c.name and version = c.version
) as f
where c.name = coalesce(:name::text, c.name) and c.version = coalesce(:version::text, c.version)
order by c.name, c.deployed_at desc, c.version
