-- Starts workflows of the component sleepers.
-- Parameters: the function, the moment of their input in milliseconds since 1970, how many.
select count(rowhouse.start_task('sleepers', wanted.function, wanted.input, 'sleepers'))
from
    (select ? as function, jsonb_build_object('epochMs', ?::bigint) as input) as wanted,
    generate_series(1, ?)
