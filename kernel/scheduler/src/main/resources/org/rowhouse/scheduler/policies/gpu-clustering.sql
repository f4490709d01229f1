-- Prefers nodes that hold tasks with the same kind of request for devices (a share, one device, two ...), best if no
-- others, then idle nodes, then the rest; of equal ones the fuller. Takes candidates, locks nothing.
select
    task,
    node,
    device,
    case
        when devices_asked = 0 then 0
        else
            floor(25 * (devices_largest_milli - devices_left_milli) / devices_largest_milli)
            + case
                when request_placed > 0 and request_kinds_placed = 1 then 75
                when request_placed > 0 then 50
                when request_kinds_placed = 0 then 25
                else 0
            end
    end as score,
    -device_left_milli as preference
from candidate
