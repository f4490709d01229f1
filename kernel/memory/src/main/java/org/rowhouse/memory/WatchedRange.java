package org.rowhouse.memory;

import java.util.concurrent.locks.LockSupport;

/**
 * A range that one thread waits for. Remembers only that there was a change, so nothing piles up
 * while the thread is busy. Invariant: a change after {@link #take} makes the next {@link #await}
 * return at once.
 */
final class WatchedRange {
    private final long offset;
    private final int count;
    private final Thread watcher;
    private volatile boolean changed;
    private volatile boolean over;

    WatchedRange(long offset, int count, Thread watcher) {
        this.offset = offset;
        this.count = count;
        this.watcher = watcher;
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
     * Waits for a change, the end or an interrupt, so many nanoseconds at most. Only for the
     * watcher.
     */
    void await(long ns) {
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
