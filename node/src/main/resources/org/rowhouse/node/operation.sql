-- How calls of one operation are made.
-- set: the operation :name    gives: an object; no row if nothing is set for it    locks: none
select json_build_object(
    'name', o.name, 'traced', (o.traced_milli / 1000.0)::double precision, 'timeout', o.timeout::text, 'durable', o.durable,
    'changed_at', o.changed_at, 'changed_by', o.changed_by)
from rowhouse.operation as o
where o.name = :name::text
