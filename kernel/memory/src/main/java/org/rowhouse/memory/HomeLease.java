package org.rowhouse.memory;

import java.util.function.LongSupplier;

/**
 * Until when a home may answer, by its own clock: a time that has passed before the lease in its
 * row has, whatever a renewal's way to the database took. Safe for use by many threads.
 */
final class HomeLease {
    private final LongSupplier nanoTime;
    private volatile long untilNs;

    /**
     * @param nanoTime a clock that never goes back and goes on while the process is stopped
     */
    HomeLease(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.untilNs = nanoTime.getAsLong() - 1;
    }

    long now() {
        return nanoTime.getAsLong();
    }

    /** It was renewed by a statement that was sent at {@code sentNs}. */
    void renewed(long sentNs) {
        untilNs = sentNs + MemoryBounds.LEASE.minus(MemoryBounds.LEASE_MARGIN).toNanos();
    }

    /** The home has given it up, or has lost it. */
    void end() {
        untilNs = nanoTime.getAsLong() - 1;
    }

    boolean isGood() {
        return leftNs() > 0;
    }

    /** What is left of it, in nanoseconds; 0 or less if nothing is. */
    long leftNs() {
        return untilNs - nanoTime.getAsLong();
    }
}
