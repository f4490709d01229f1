-- Records a version and makes it current; the mark must have been taken from the version before.
-- What is known of the version is replaced only where it is in-process: other versions never change.
-- takes: name, version, kind, digest, schema, manifest, package, who deploys it
insert into rowhouse.component (name, version, current, kind, digest, schema, manifest, package, deployed_by)
values (:name, :version, true, :kind, :digest, :schema, :manifest::jsonb, :package, :user)
on conflict (name, version) do update
set current = true, digest = excluded.digest, manifest = excluded.manifest
