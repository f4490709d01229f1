-- Takes :schemas. Gives their sequences that have been used, with the last value given out.
select schemaname as schema, sequencename as name, last_value
from pg_sequences
where schemaname = any (:schemas::text[]) and last_value is not null
order by schemaname, sequencename
