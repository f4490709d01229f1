package org.rowhouse.tasks;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A virtual thread that does a turn of work, pauses for as long as the turn says or until a signal,
 * and begins again. A turn that throws is logged and repeated after a pause.
 */
final class Beat implements AutoCloseable {
    private static final Logger LOG = System.getLogger(Beat.class.getName());

    private final Thread thread;
    private final Turn turn;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private boolean signalled;
    private boolean started;
    private volatile boolean closing;

    /** A turn of work; gives the pause until the next. */
    @FunctionalInterface
    interface Turn {
        Duration run();
    }

    Beat(String name, Turn turn) {
        this.turn = turn;
        this.thread = Thread.ofVirtual().name(name).unstarted(this::run);
    }

    void start() {
        lock.lock();
        try {
            started = true;
            thread.start();
        } finally {
            lock.unlock();
        }
    }

    /** Ends the pause. */
    void signal() {
        lock.lock();
        try {
            signalled = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Whether the work should come to an end soon. */
    boolean closing() {
        return closing;
    }

    /** Ends the thread after the turn that is under way, and waits for it. */
    @Override
    public void close() {
        closing = true;
        signal();
        if (!started) {
            return;
        }
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        while (!closing) {
            Duration pause;
            try {
                pause = turn.run();
            } catch (RuntimeException e) {
                LOG.log(Level.WARNING, thread.getName() + " goes on later: " + e.getMessage());
                pause = OperationBounds.ERROR_PAUSE;
            }
            await(pause);
        }
    }

    private void await(Duration pause) {
        lock.lock();
        try {
            long left = pause.toNanos();
            while (!signalled && !closing && left > 0) {
                left = changed.awaitNanos(left);
            }
            signalled = false;
        } catch (InterruptedException e) {
            closing = true;
        } finally {
            lock.unlock();
        }
    }
}
