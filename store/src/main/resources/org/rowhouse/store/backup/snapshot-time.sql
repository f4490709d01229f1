-- The time of the snapshot, by the database's clock.
select now() as now
