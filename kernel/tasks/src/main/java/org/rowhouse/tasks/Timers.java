package org.rowhouse.tasks;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.store.Kernel;

/**
 * Wakes tasks whose time has come and ends those whose deadline has passed before they ran.
 *
 * <p>Tables: none directly; the calls WAKE and EXPIRE. Invariant: the thread looks again no later
 * than the earliest time it knows of, by the database's clock, and now and then besides, since
 * another node or SQL may have set a time: a node alone once in a beat, many nodes in turn, so that
 * together they look {@link TaskBounds#LOOKS_PER_BEAT} times. Thread: its own platform thread.
 * Failure: it tries again at the next beat.
 */
final class Timers implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Timers.class.getName());

    private final Kernel kernel;
    private final Buckets buckets;
    private final Consumer<String> ready;
    private volatile Runnable expired = () -> {};
    private volatile int nodes = 1;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition sooner = lock.newCondition();
    private long nextNs = System.nanoTime();
    private boolean closing;
    private final Thread thread;

    /**
     * @param ready told each queue that has ready tasks
     */
    Timers(Kernel kernel, Buckets buckets, Consumer<String> ready) {
        this.kernel = kernel;
        this.buckets = buckets;
        this.ready = ready;
        this.thread =
                Thread.ofPlatform().name("rowhouse-timers").daemon(true).unstarted(this::serve);
    }

    /** Calls {@code action} whenever tasks were ended. */
    void onExpired(Runnable action) {
        expired = action;
    }

    void start() {
        thread.start();
    }

    /** So many nodes look, this one included. */
    void shareWith(int nodes) {
        this.nodes = Math.max(1, nodes);
    }

    /**
     * Until the next look for what others set, in milliseconds; at random, so that all take turns.
     */
    private long pauseMs() {
        long beat = TaskBounds.BEAT.toMillis();
        long most = 2 * beat * nodes / TaskBounds.LOOKS_PER_BEAT;
        return most <= 2 * beat ? beat : ThreadLocalRandom.current().nextLong(1, most);
    }

    /** Some task of the bucket is due in so many milliseconds. */
    void dueIn(int bucket, long milliseconds) {
        lookAt(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(milliseconds));
    }

    private void lookAt(long ns) {
        lock.lock();
        try {
            if (ns - nextNs < 0) {
                nextNs = ns;
                sooner.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    private void serve() {
        while (awaitNext()) {
            try {
                long nextMs = pauseMs();
                for (int bucket = 0; bucket < buckets.count(); bucket++) {
                    nextMs = Math.min(nextMs, Math.min(wake(bucket), expire(bucket)));
                }
                lookAt(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(nextMs));
            } catch (RowhouseException e) {
                LOG.log(System.Logger.Level.WARNING, "timers: {0}", e.getMessage());
                lookAt(System.nanoTime() + TaskBounds.BEAT.toNanos());
            }
        }
    }

    private boolean awaitNext() {
        lock.lock();
        try {
            while (!closing) {
                long leftNs = nextNs - System.nanoTime();
                if (leftNs <= 0) {
                    nextNs = Long.MAX_VALUE / 2 + System.nanoTime();
                    return true;
                }
                var _ = sooner.awaitNanos(leftNs);
            }
            return false;
        } catch (InterruptedException e) {
            return false;
        } finally {
            lock.unlock();
        }
    }

    /** Wakes what is due in a bucket; gives the milliseconds until the next one. */
    private long wake(int bucket) {
        while (true) {
            Calls.Due due = kernel.call(Calls.WAKE, new Calls.Most(bucket, TaskBounds.ROUND_MAX));
            lines(due.queues()).forEach(ready);
            if (due.woken() < TaskBounds.ROUND_MAX) {
                return due.nextMs() == null ? Long.MAX_VALUE : Math.max(due.nextMs(), 1);
            }
        }
    }

    private long expire(int bucket) {
        while (true) {
            Calls.Expired ended =
                    kernel.call(Calls.EXPIRE, new Calls.Most(bucket, TaskBounds.ROUND_MAX));
            if (ended.expired() > 0) {
                expired.run();
            }
            if (ended.expired() < TaskBounds.ROUND_MAX) {
                return ended.nextMs() == null ? Long.MAX_VALUE : Math.max(ended.nextMs(), 1);
            }
        }
    }

    static List<String> lines(@Nullable String text) {
        return text == null ? List.of() : Arrays.asList(text.split("\n"));
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closing = true;
            sooner.signal();
        } finally {
            lock.unlock();
        }
        try {
            thread.join(TaskBounds.STOP_GRACE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
