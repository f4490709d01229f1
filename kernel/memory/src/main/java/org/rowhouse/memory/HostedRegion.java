package org.rowhouse.memory;

import java.util.Map;
import java.util.Set;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.Verb;

/**
 * One incarnation of a region at its home: checks what is asked, then does it.
 *
 * <p>Invariant: nothing is done unless the home's lease is good at a moment after the verb was
 * asked for. What a slow thread then does later touches this incarnation alone, which nobody else
 * ever serves; seen from outside it happened at that moment.
 */
final class HostedRegion implements AutoCloseable {
    private final RegionRow row;
    private final HomeLease lease;
    private final RegionMemory memory;
    private volatile Map<String, Set<Verb>> rights;

    HostedRegion(RegionRow row, HomeLease lease) {
        this.row = row;
        this.lease = lease;
        this.memory = new RegionMemory(row.name(), row.bytes());
        this.rights = row.rights();
    }

    RegionRow row() {
        return row;
    }

    /** Others may do more, or less, from now on; whether that is new. */
    boolean rights(Map<String, Set<Verb>> rights) {
        boolean fresh = !rights.equals(this.rights);
        this.rights = rights;
        return fresh;
    }

    /** The bits of the verbs that somebody may use. */
    int allowed(String principal) {
        return Rights.allowed(principal, row.component(), rights);
    }

    /**
     * @throws RowhouseException NODE_UNAVAILABLE; CONFLICT if the incarnation is over
     */
    void checkServing() {
        if (memory.isOver()) {
            throw Refusals.incarnationOver(row.name());
        }
        if (!lease.isGood()) {
            throw Refusals.leaseOver(row.name());
        }
    }

    void checkRange(long offset, long count) {
        if (count < 1 || offset < 0 || offset > memory.length() - count) {
            throw Refusals.outside(row.name(), offset, count, memory.length());
        }
        if (count > MemoryBounds.RANGE_MAX) {
            throw Refusals.tooLong(count);
        }
    }

    private void checkCell(long offset) {
        if ((offset & 7) != 0) {
            throw Refusals.unaligned(offset);
        }
        checkRange(offset, Long.BYTES);
    }

    /**
     * Reads a range to {@code target} from {@code at} on, which has room for it.
     *
     * @return its version
     */
    long read(long offset, int count, byte[] target, int at) {
        checkServing();
        return memory.read(offset, count, target, at);
    }

    long write(long offset, int count, byte[] source, int at) {
        checkRange(offset, count);
        checkServing();
        return memory.write(offset, count, source, at);
    }

    long get(long offset) {
        checkCell(offset);
        checkServing();
        return memory.get(offset);
    }

    RegionMemory.Changed compareAndSet(long offset, long expected, long next) {
        checkCell(offset);
        checkServing();
        return memory.compareAndSet(offset, expected, next);
    }

    RegionMemory.Changed fetchAdd(long offset, long delta) {
        checkCell(offset);
        checkServing();
        return memory.fetchAdd(offset, delta);
    }

    WatchedRange watch(long offset, int count) {
        checkRange(offset, count);
        checkServing();
        WatchedRange range = new WatchedRange(offset, count);
        memory.watch(range);
        return range;
    }

    void unwatch(WatchedRange range) {
        memory.unwatch(range);
    }

    /** How long the lease lasts, in nanoseconds: a watch looks again then. */
    long leaseLeftNs() {
        return lease.leftNs();
    }

    /** The incarnation is over. */
    @Override
    public void close() {
        memory.close();
    }
}
