-- The versions of a component, the newest first.
-- takes: name    gives: version
select version from rowhouse.component where name = :name order by deployed_at desc
