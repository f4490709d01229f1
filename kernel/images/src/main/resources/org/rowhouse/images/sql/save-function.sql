-- Records one function of a version.
-- takes: component, version, function, workflow, attempts, back-off and timeout in milliseconds, need, input and output schema
insert into rowhouse.component_function
    (component, version, function, workflow, attempts, back_off, timeout, need, input_schema, output_schema)
values (
    :component, :version, :function, :workflow, :attempts,
    :back_off_ms::bigint * interval '1 millisecond', :timeout_ms::bigint * interval '1 millisecond',
    jsonb_strip_nulls(:need::jsonb), :input_schema::jsonb, :output_schema::jsonb)
