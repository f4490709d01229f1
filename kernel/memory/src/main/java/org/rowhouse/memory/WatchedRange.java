package org.rowhouse.memory;

import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A range that a thread waits for. Remembers only that there was a change, so nothing piles up
 * while the thread is busy. Invariant: a change after {@link #take} makes the next {@link #await}
 * return at once.
 */
final class WatchedRange {
    private final long offset;
    private final int count;
    private volatile @Nullable Thread watcher;
    private volatile boolean changed;
    private volatile boolean over;

    WatchedRange(long offset, int count) {
        this.offset = offset;
        this.count = count;
    }

    long offset() {
        return offset;
    }

    int count() {
        return count;
    }

    /** Bytes have changed; called under their lock, never blocks. */
    void changed(long from, int length) {
        if (from < offset + count && offset < from + length && !changed) {
            changed = true;
            LockSupport.unpark(watcher);
        }
    }

    /** The memory is gone. */
    void over() {
        over = true;
        LockSupport.unpark(watcher);
    }

    boolean hasChanged() {
        return changed;
    }

    /** Forgets the changes so far: whoever reads after it reads them. */
    void take() {
        changed = false;
    }

    /**
     * Waits for a change, the end or an interrupt, so many nanoseconds at most. For one thread at a
     * time.
     */
    void await(long ns) {
        watcher = Thread.currentThread(); // seen by a change that comes after the look below
        long deadlineNs = System.nanoTime() + ns;
        while (!changed && !over && !Thread.currentThread().isInterrupted()) {
            long leftNs = deadlineNs - System.nanoTime();
            if (leftNs <= 0) {
                return;
            }
            LockSupport.parkNanos(this, leftNs);
        }
    }
}
