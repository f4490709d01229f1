-- Runs a query of a viewer under the rights of the role rowhouse_viewer.
-- set: at most :rows rows, until they have :bytes bytes    gives: each row as text    locks: as the query says
select line from rowhouse_viewer.read_rows(:statement::text, :rows::integer, :bytes::bigint) as line
