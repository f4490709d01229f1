package org.rowhouse.memory;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.RowhouseException;

/**
 * The regions whose home this process is.
 *
 * <p>Invariants: at most {@code bytesMax} bytes in regions; an incarnation is served by one home
 * only, and by none after its lease. Thread: verbs any; {@link #agree} one at a time. Failure: a
 * region that the rows give to somebody else is closed with all it held.
 */
final class MemoryHome implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(MemoryHome.class.getName());

    private final HomeLease lease;
    private final long bytesMax;
    private final Handles handles = new Handles();
    private final Map<String, HostedRegion> regions = new ConcurrentHashMap<>();
    private final AtomicLong bytes = new AtomicLong();

    /**
     * @param bytesMax what its regions may have together
     * @param nanoTime as for {@link HomeLease}
     */
    MemoryHome(long bytesMax, LongSupplier nanoTime) {
        this.bytesMax = bytesMax;
        this.lease = new HomeLease(nanoTime);
    }

    HomeLease lease() {
        return lease;
    }

    Handles handles() {
        return handles;
    }

    /** Bytes in regions. */
    long bytes() {
        return bytes.get();
    }

    /** Bytes that further regions may have. */
    long room() {
        return regions.size() >= MemoryBounds.REGIONS_MAX ? 0 : bytesMax - bytes.get();
    }

    int count() {
        return regions.size();
    }

    /** A region that is served here; null if it is not. */
    @Nullable HostedRegion region(String name) {
        return regions.get(name);
    }

    /**
     * Opens a region.
     *
     * @throws RowhouseException NODE_UNAVAILABLE if its home is not here; FORBIDDEN; OVERLOADED
     */
    Handle open(String peer, String principal, String name) {
        HostedRegion region = regions.get(name);
        if (region == null) {
            throw Refusals.noHome(name);
        }
        region.checkServing();
        return handles.open(peer, principal, region);
    }

    /**
     * Takes in which regions the rows give to this home, as they were after its lease was renewed.
     *
     * @return those it cannot serve, since they do not fit: it must give them up
     */
    synchronized List<RegionRow> agree(Collection<RegionRow> rows) {
        Set<String> mine = new HashSet<>();
        rows.forEach(row -> mine.add(row.name()));
        for (String name : List.copyOf(regions.keySet())) {
            if (!mine.contains(name)) {
                close(name, "it is gone, or another node is its home");
            }
        }
        List<RegionRow> refused = new ArrayList<>();
        for (RegionRow row : rows) {
            HostedRegion known = regions.get(row.name());
            if (known != null && !isSame(known.row(), row)) {
                close(row.name(), "it has begun anew");
                known = null;
            }
            if (known == null) {
                if (!host(row)) {
                    refused.add(row);
                }
            } else if (known.rights(row.rights())) {
                handles.refresh(known);
            }
        }
        return refused;
    }

    private static boolean isSame(RegionRow one, RegionRow other) {
        return one.number() == other.number() && one.incarnation() == other.incarnation();
    }

    private boolean host(RegionRow row) {
        if (row.bytes() > room()) {
            return false;
        }
        try {
            regions.put(row.name(), new HostedRegion(row, lease));
            bytes.addAndGet(row.bytes());
            return true;
        } catch (OutOfMemoryError e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "there is no memory for the region {0}: {1}",
                    row.name(),
                    e.getMessage());
            return false;
        }
    }

    private void close(String name, String why) {
        HostedRegion region = regions.remove(name);
        if (region != null) {
            LOG.log(System.Logger.Level.DEBUG, "the region {0} is closed: {1}", name, why);
            region.close();
            bytes.addAndGet(-region.row().bytes());
            handles.closeIf(handle -> handle.region() == region);
        }
    }

    /** Stops to answer and gives all memory back. */
    @Override
    public synchronized void close() {
        lease.end();
        List.copyOf(regions.keySet()).forEach(name -> close(name, "the node stops"));
    }
}
