-- Makes a home that has a lease the home of a component's region.
-- set: one region: name, bytes, component; the life; who asks
-- gives: the incarnation
-- locks: the region, then its former home
select rowhouse.export_region(:name, :bytes::bigint, :component, :life::integer, :user)
