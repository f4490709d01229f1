-- Another component that keeps its tables in this schema.
-- takes: schema, name    gives: name, or no row
select name from rowhouse.component where schema = :schema and name <> :name limit 1
