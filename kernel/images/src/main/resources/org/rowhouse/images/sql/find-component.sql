-- One version of a component, without its files.
-- takes: name, version    gives: one row or none
select name, version, current, kind, digest, manifest::text as manifest, deployed_at
from rowhouse.component
where name = ? and version = ?
