-- Classes of need.
-- takes: their numbers; gives: number and fields; locks: none
select number, cores_milli, memory_mib, devices, share_milli, device_class, models, labels, tier, reads, popularity
from rowhouse.need
where number = any (:numbers::integer[])
