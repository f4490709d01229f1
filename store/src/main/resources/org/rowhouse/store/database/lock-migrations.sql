-- Lets no other session migrate until this one ends. Takes the number that all programs agree on.
select pg_advisory_lock(:lock::bigint)
