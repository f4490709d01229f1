-- Takes :schemas. Gives the first that the database does not have, or no row.
select schema
from unnest(:schemas::text[]) with ordinality as asked (schema, place)
where to_regnamespace(quote_ident(schema)) is null
order by place
limit 1
