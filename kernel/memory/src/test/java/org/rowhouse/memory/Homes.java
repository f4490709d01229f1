package org.rowhouse.memory;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.rowhouse.api.Verb;

/** A home for tests, with a clock that stands still and a lease that is good. */
final class Homes {
    static final long BYTES = 1 << 20;

    final AtomicLong nowNs = new AtomicLong();
    final MemoryHome home = new MemoryHome(4 * BYTES, nowNs::get);

    Homes(RegionRow... rows) {
        home.agree(List.of(rows));
        home.lease().renewed(0);
    }

    static RegionRow row(String name, long incarnation, Map<String, Set<Verb>> rights) {
        return new RegionRow(name.hashCode(), name, BYTES, "shop", 1, incarnation, rights);
    }

    static RegionRow row(String name) {
        return row(name, 1, Map.of());
    }

    HostedRegion region(String name) {
        HostedRegion region = home.region(name);
        if (region == null) {
            throw new AssertionError("no region " + name);
        }
        return region;
    }

    void endLease() {
        nowNs.addAndGet(MemoryBounds.LEASE.toNanos());
    }
}
