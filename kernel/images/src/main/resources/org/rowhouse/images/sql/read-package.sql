-- The files of one version of a component.
-- takes: name, version    gives: package, null for in-process; or no row
select package from rowhouse.component where name = :name and version = :version
