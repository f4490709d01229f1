-- Fragmentation gradient descent (Weng et al., USENIX ATC 2023): prefers the place where the fragments of the node grow
-- least, or shrink most; a sigmoid makes percents of the change. Takes candidates, locks nothing.
select
    task,
    node,
    device,
    floor(100 / (1 + exp((fragments_after_milli - fragments_before_milli) / 1000))) as score
from candidate
