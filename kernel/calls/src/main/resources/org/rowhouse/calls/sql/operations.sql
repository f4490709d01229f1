-- How calls of operations are made, where that differs from what their authors say.
-- gives: a row for each
select name, traced_milli, ceil(extract(epoch from timeout) * 1000)::bigint as timeout_ms, durable from rowhouse.operation
