-- All versions of all components, without their files; the newest of each first.
-- gives: a row for each
select name, version, current, kind, digest, manifest::text as manifest, deployed_at
from rowhouse.component
order by name, deployed_at desc, version
