-- Takes schema, sequence and the last value given out; the next one will be larger.
select setval(format('%I.%I', ?::text, ?::text)::regclass, ?)
