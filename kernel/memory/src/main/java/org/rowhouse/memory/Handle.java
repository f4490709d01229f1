package org.rowhouse.memory;

import java.util.concurrent.locks.ReentrantLock;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.Verb;

/**
 * One client's way to one incarnation of a region: what it may do, and the answers to its last
 * changes.
 *
 * <p>Changes are made at most once as in NFS 4.1 (RFC 8881, section 2.10.6, session slots): a
 * client has {@link MemoryBounds#TURNS} turns and in each of them one change under way at a time,
 * with a count that grows by one. The home keeps the last count and answer of every turn. The same
 * count again gets the same answer; a lower one is a straggler that its client has stopped waiting
 * for, and is refused. So a change may be sent over any number of connections and arrive in any
 * order, and the memory for it is bounded. A handle that was forgotten is refused and never made
 * anew, so forgetting one cannot make a change happen twice.
 *
 * <p>Lock order: the handle's, then those of the region's stripes.
 */
final class Handle {
    private final long number;
    private final String peer;
    private final String principal;
    private final HostedRegion region;
    private final ReentrantLock lock = new ReentrantLock();
    private final long[] counts = new long[MemoryBounds.TURNS];
    private final long[] versions = new long[MemoryBounds.TURNS];
    private final long[] befores = new long[MemoryBounds.TURNS];
    private volatile int verbs;
    private volatile long usedBeat;

    Handle(long number, String peer, String principal, HostedRegion region) {
        this.number = number;
        this.peer = peer;
        this.principal = principal;
        this.region = region;
        this.verbs = region.allowed(principal);
    }

    long number() {
        return number;
    }

    String peer() {
        return peer;
    }

    HostedRegion region() {
        return region;
    }

    int verbs() {
        return verbs;
    }

    /** Takes in that rights have changed. */
    void refresh() {
        verbs = region.allowed(principal);
    }

    /** It is in use in this beat of the home. */
    void used(long beat) {
        if (usedBeat != beat) {
            usedBeat = beat;
        }
    }

    long usedBeat() {
        return usedBeat;
    }

    /**
     * @throws RowhouseException FORBIDDEN
     */
    void check(Verb verb) {
        if ((verbs & verb.bit()) == 0) {
            throw Refusals.noRight(region.row().name(), verb);
        }
    }

    /** One change of memory. */
    interface Change {
        RegionMemory.Changed make();
    }

    /**
     * Makes a change unless it has been made.
     *
     * @param turn the count times {@link MemoryBounds#TURNS}, plus the turn's number; counts begin
     *     at 1
     * @return its answer, now or then
     * @throws RowhouseException CONFLICT if the turn has gone on; what {@code change} throws, after
     *     which it may be sent again
     */
    RegionMemory.Changed once(long turn, Change change) {
        int place = (int) Long.remainderUnsigned(turn, MemoryBounds.TURNS);
        long count = Long.divideUnsigned(turn, MemoryBounds.TURNS);
        lock.lock();
        try {
            if (count < counts[place] || count == 0) {
                throw Refusals.turnPassed();
            }
            if (count == counts[place]) {
                region.checkServing();
                return new RegionMemory.Changed(versions[place], befores[place]);
            }
            RegionMemory.Changed changed = change.make();
            counts[place] = count;
            versions[place] = changed.version();
            befores[place] = changed.before();
            return changed;
        } finally {
            lock.unlock();
        }
    }
}
