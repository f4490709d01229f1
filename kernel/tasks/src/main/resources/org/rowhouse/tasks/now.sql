-- The cluster's clock.
select now() as now
