-- Prefers the node that would have least left of cores and devices, each weighed by the largest node, and of its devices
-- the one with least left. Takes candidates, locks nothing.
select
    task,
    node,
    device,
    floor(
        100 * (1 - (
            (cores_left_milli - cores_asked_milli) / greatest(cores_largest_milli, 1) * 0.5
            + (devices_left_milli - devices_asked_milli) / greatest(devices_largest_milli, 1) * 0.5
        ))
    ) as score,
    -device_left_milli as preference
from candidate
