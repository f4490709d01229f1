package org.rowhouse.wire;

import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * One timer for many deadlines: it is set for the earliest, and looks at all when it rings. A new
 * deadline that is later than the earliest, as most are, costs one look at a field.
 */
final class Alarm {
    private static final ScheduledThreadPoolExecutor CLOCK = clock();

    private final LongUnaryOperator look;
    private volatile long ringsAtNs;
    private volatile boolean set;
    private @Nullable Future<?> ringing;

    /**
     * An alarm.
     *
     * @param look is given the time, acts on all deadlines that have passed, and gives the next
     *     one; {@link Long#MAX_VALUE} if there is none. Must not block.
     */
    Alarm(LongUnaryOperator look) {
        this.look = look;
    }

    private static ScheduledThreadPoolExecutor clock() {
        var made =
                new ScheduledThreadPoolExecutor(
                        1, Thread.ofPlatform().daemon().name("wire-alarms").factory());
        made.setRemoveOnCancelPolicy(true);
        return made;
    }

    /** Rings at this time at the latest, by {@link System#nanoTime}. */
    void ensure(long deadlineNs) {
        if (!set || deadlineNs - ringsAtNs < 0) {
            setTo(deadlineNs);
        }
    }

    private synchronized void setTo(long deadlineNs) {
        if (set && deadlineNs - ringsAtNs >= 0) {
            return;
        }
        Future<?> before = ringing;
        if (before != null) {
            before.cancel(false);
        }
        ringsAtNs = deadlineNs;
        set = true;
        long inNs = Math.max(0, deadlineNs - System.nanoTime());
        ringing = CLOCK.schedule(this::ring, inNs, TimeUnit.NANOSECONDS);
    }

    private void ring() {
        // From here on a new deadline sets the alarm anew; those there are, are looked at below.
        synchronized (this) {
            set = false;
        }
        long next = look.applyAsLong(System.nanoTime());
        if (next != Long.MAX_VALUE) {
            ensure(next);
        }
    }

    /** Rings no more. */
    synchronized void close() {
        Future<?> before = ringing;
        if (before != null) {
            before.cancel(false);
        }
    }
}
