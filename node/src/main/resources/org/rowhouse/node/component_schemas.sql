-- The schemas that components keep their own tables in.
-- set: those that exist    gives: an array of names    locks: none
select coalesce(json_agg(distinct component.schema), '[]'::json)
from rowhouse.component
where component.schema is not null and to_regnamespace(quote_ident(component.schema)) is not null
