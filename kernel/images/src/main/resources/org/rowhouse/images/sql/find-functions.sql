-- The functions of one version of a component.
-- takes: component, version    gives: a row for each
select function, workflow, input_schema::text as input_schema, output_schema::text as output_schema
from rowhouse.component_function
where component = ? and version = ?
order by function
