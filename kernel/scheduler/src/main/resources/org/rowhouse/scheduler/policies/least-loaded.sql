-- Spreads: prefers the node whose scarcest of cores, memory and devices would be freest, in percent, and of its devices
-- the one with most left. Takes candidates, locks nothing.
select
    task,
    node,
    device,
    floor(
        100 * least(
            (cores_left_milli - cores_asked_milli) / greatest(cores_total_milli, 1),
            (memory_left_mib - memory_asked_mib) / greatest(memory_total_mib, 1),
            case
                when devices_asked = 0 then 1
                else (devices_left_milli - devices_asked_milli) / (1000 * devices_total)
            end
        )
    ) as score,
    device_left_milli as preference
from candidate
