-- The components in all their versions, each with its functions; the newest version first.
-- set: all    gives: an array    locks: none
select coalesce(json_agg(listed order by listed.name, listed.deployed_at desc), '[]'::json)
from (
    select component.name, component.version, component.current, component.kind, component.digest, component.schema,
           component.deployed_at, component.deployed_by, (
               select coalesce(json_agg(json_build_object(
                          'name', function.function, 'workflow', function.workflow, 'attempts', function.attempts,
                          'timeout', function.timeout, 'input', function.input_schema, 'output', function.output_schema)
                      order by function.function), '[]'::json)
               from rowhouse.component_function as function
               where function.component = component.name and function.version = component.version) as functions
    from rowhouse.component) as listed
