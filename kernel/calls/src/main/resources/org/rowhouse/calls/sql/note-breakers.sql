-- Writes how a node's breakers stand.
-- takes: node, and arrays of equal length: target, operation, state, failures, retry_ms (null for none), reason
select rowhouse.note_breakers(:node::integer, :targets::integer[], :operations::text[], :states::text[], :failures::integer[],
    :retries_ms::bigint[], :reasons::text[])
