package org.rowhouse.benchmarks;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/** Does something so many times a second, whatever each time takes, on a thread of its own. */
final class Pace implements AutoCloseable {
    private final Thread thread;
    private volatile boolean closing;
    private volatile @Nullable Throwable failure;

    private Pace(int perSecond, Runnable work) {
        this.thread = Thread.ofPlatform().name("pace").unstarted(() -> run(perSecond, work));
    }

    /** Begins; with 0 times a second it does nothing. */
    static Pace begin(int perSecond, Runnable work) {
        Pace pace = new Pace(perSecond, work);
        if (perSecond > 0) {
            pace.thread.start();
        }
        return pace;
    }

    private void run(int perSecond, Runnable work) {
        long periodNs = TimeUnit.SECONDS.toNanos(1) / perSecond;
        long dueNs = System.nanoTime();
        try {
            while (!closing) {
                work.run();
                // A pace that has fallen behind goes on from now: what it asks is not made up for.
                dueNs = Math.max(dueNs + periodNs, System.nanoTime() - periodNs);
                LockSupport.parkNanos(Math.max(0, dueNs - System.nanoTime()));
            }
        } catch (RuntimeException | Error e) {
            failure = e;
        }
    }

    /** Throws if the work has failed. */
    void check() {
        Throwable cause = failure;
        if (cause != null) {
            throw new RowhouseException(
                    ErrorCode.FUNCTION_FAILED, "The benchmark's load failed: " + cause, cause);
        }
    }

    @Override
    public void close() {
        closing = true;
        try {
            thread.join();
        } catch (InterruptedException interrupted) {
            throw Nodes.interrupted();
        }
    }
}
