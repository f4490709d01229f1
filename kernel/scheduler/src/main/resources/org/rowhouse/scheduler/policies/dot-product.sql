-- Prefers the node whose left cores and devices have the smallest inner product with what the task needs of them, so that
-- a node is filled along its scarce dimension; of its devices the one with least left. Takes candidates, locks nothing.
select
    task,
    node,
    device,
    floor(
        100 * (1 - (
            cores_left_milli / greatest(cores_largest_milli, 1) * cores_asked_milli / greatest(cores_largest_milli, 1)
            + devices_left_milli / greatest(devices_largest_milli, 1) * devices_asked_milli / greatest(devices_largest_milli, 1)
        ) / 2)
    ) as score,
    -device_left_milli as preference
from candidate
