-- Prefers the place where least of a node's devices is lost: what is left of them and of no use to popular tasks, each of
-- these at its price (how much is asked for by how much there is), and what the cores and memory left will not reach, as
-- tasks go. In steps of a fiftieth of a device, so that names decide between nodes that are nearly equal. Takes
-- candidates, locks nothing.
select
    task,
    node,
    device,
    round(
        (
            priced_fragments_before_milli - priced_fragments_after_milli
            + greatest(0, devices_left_milli - 1000 * least(
                cores_left_milli / greatest(cores_per_device_milli, 1),
                memory_left_mib / greatest(memory_per_device_mib, 1)
            ))
            - greatest(0, devices_left_milli - devices_asked_milli - 1000 * least(
                (cores_left_milli - cores_asked_milli) / greatest(cores_per_device_milli, 1),
                (memory_left_mib - memory_asked_mib) / greatest(memory_per_device_mib, 1)
            ))
        ) / 20
    ) as score
from candidate
