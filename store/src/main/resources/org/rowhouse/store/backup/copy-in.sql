-- Takes schema, table and columns. Gives the statement that copies rows in.
select format('copy %I.%I (%s) from stdin', ?::text, ?::text,
              (select string_agg(quote_ident(name), ', ' order by position)
               from unnest(?::text[]) with ordinality as listed (name, position)))
