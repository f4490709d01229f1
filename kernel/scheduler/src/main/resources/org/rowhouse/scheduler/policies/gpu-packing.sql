-- Prefers devices that are shared already (the fullest first), then free devices of nodes in use, then idle nodes (the
-- smallest first). Takes candidates, locks nothing.
select
    task,
    node,
    device,
    case
        when devices_asked = 0 then 0
        when devices_free = devices_total then greatest(33 - devices_free, devices_free)
        when device_left_milli = 1000 then greatest(50 - devices_asked, 33)
        else greatest(100 - floor(device_left_milli / 100), 50)
    end as score,
    -device_left_milli as preference
from candidate
