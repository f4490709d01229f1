package org.rowhouse.calls;

import java.util.Iterator;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/**
 * Interrupts threads whose time is over. Watching a piece of work costs less than a microsecond,
 * since nearly all of it ends long before: one thread sleeps until the earliest deadline it knows.
 *
 * <p>Safe for use by many threads.
 */
final class Deadlines implements AutoCloseable {
    private static final long FAR_NS = Long.MAX_VALUE / 4;

    private final Set<Watch> watched = ConcurrentHashMap.newKeySet();
    private final Thread thread;
    private volatile long wakeNs = System.nanoTime() + FAR_NS;
    private volatile boolean closing;

    Deadlines() {
        thread = Thread.ofPlatform().name("call-deadlines").daemon(true).start(this::serve);
    }

    /** A piece of work on one thread; closed by that thread when it is done. */
    static final class Watch {
        private final Thread thread = Thread.currentThread();
        private final long deadlineNs;
        private boolean ended; // under its own lock
        private boolean passed;

        private Watch(long deadlineNs) {
            this.deadlineNs = deadlineNs;
        }

        private synchronized void pass() {
            if (!ended) {
                passed = true;
                thread.interrupt();
            }
        }

        /** The work is over; true if its time was over first. No interrupt of it comes later. */
        synchronized boolean end() {
            if (!ended && passed) {
                Thread.interrupted();
            }
            ended = true;
            return passed;
        }
    }

    /** The calling thread is interrupted at this time, unless it {@link #end ends} the watch. */
    Watch watch(long deadlineNs) {
        Watch watch = new Watch(deadlineNs);
        watched.add(watch);
        if (deadlineNs - wakeNs < 0) {
            LockSupport.unpark(thread);
        }
        return watch;
    }

    /** The work is over; true if its time was over first. */
    boolean end(Watch watch) {
        watched.remove(watch);
        return watch.end();
    }

    private void serve() {
        while (!closing) {
            // Told before it looks, so that a watch that comes meanwhile wakes it.
            wakeNs = System.nanoTime() + FAR_NS;
            long now = System.nanoTime();
            long next = now + FAR_NS;
            for (Iterator<Watch> rest = watched.iterator(); rest.hasNext(); ) {
                Watch each = rest.next();
                if (each.deadlineNs - now <= 0) {
                    rest.remove();
                    each.pass();
                } else if (each.deadlineNs - next < 0) {
                    next = each.deadlineNs;
                }
            }
            wakeNs = next;
            LockSupport.parkNanos(this, next - System.nanoTime());
        }
    }

    @Override
    public void close() {
        closing = true;
        LockSupport.unpark(thread);
    }
}
