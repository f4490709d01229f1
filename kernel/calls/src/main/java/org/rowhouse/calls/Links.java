package org.rowhouse.calls;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.wire.Connection;
import org.rowhouse.wire.LostException;

/**
 * The connections of this node to others: made by the first call that needs one, kept, and made
 * again after a loss, with pauses that grow while nobody answers.
 *
 * <p>Safe for use by many threads.
 */
final class Links implements AutoCloseable {
    private final ComponentCalls.Dialer dialer;
    private final Map<Integer, Link> links = new ConcurrentHashMap<>();
    private volatile boolean closing;

    private static final class Link {
        private final ReentrantLock lock = new ReentrantLock();
        private final AtomicInteger underWay = new AtomicInteger();
        private volatile @Nullable Connection connection;
        private int failures; // under the lock, like what follows
        private long retryNs;
        private String trouble = "";
    }

    Links(ComponentCalls.Dialer dialer) {
        this.dialer = dialer;
    }

    /**
     * The connection to a node; blocks while it is made.
     *
     * @param deadlineNs until when, by {@link System#nanoTime}
     * @throws LostException never with perhapsDone
     */
    Connection get(Instance target, long deadlineNs) {
        Link link = links.computeIfAbsent(target.node(), _ -> new Link());
        Connection open = link.connection;
        if (open != null && open.isOpen()) {
            return open;
        }
        lock(link, deadlineNs);
        try {
            open = link.connection;
            if (open != null && open.isOpen()) {
                return open;
            }
            return connect(link, target);
        } finally {
            link.lock.unlock();
        }
    }

    private static void lock(Link link, long deadlineNs) {
        try {
            if (!link.lock.tryLock(deadlineNs - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                throw new RowhouseException(
                        ErrorCode.TIMED_OUT, "The time was over before there was a connection.");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RowhouseException(
                    ErrorCode.CANCELLED, "The wait for a connection was interrupted.", e);
        }
    }

    private Connection connect(Link link, Instance target) {
        if (link.connection != null) {
            link.connection.close();
            link.connection = null;
        }
        if (closing) {
            throw new RowhouseException(ErrorCode.STOPPING, "The node stops and calls no more.");
        }
        if (link.failures > 0 && System.nanoTime() - link.retryNs < 0) {
            throw new LostException(link.trouble, false);
        }
        try {
            Connection made = dialer.dial(target.name(), target.address());
            link.failures = 0;
            link.connection = made;
            if (closing) {
                made.close();
            }
            return made;
        } catch (RowhouseException e) {
            link.failures++;
            long pauseNs =
                    Math.min(
                            CallBounds.RECONNECT.toNanos() << Math.min(link.failures - 1, 20),
                            CallBounds.RECONNECT_MAX.toNanos());
            link.retryNs = System.nanoTime() + pauseNs;
            link.trouble = "No connection to the node " + target.name() + ": " + e.getMessage();
            throw new LostException(link.trouble, false);
        }
    }

    /** How many calls of this node are under way to a node. */
    int underWay(int node) {
        Link link = links.get(node);
        return link == null ? 0 : link.underWay.get();
    }

    /** A call to a node begins (1) or ends (-1). */
    void count(int node, int change) {
        links.computeIfAbsent(node, _ -> new Link()).underWay.addAndGet(change);
    }

    /** Lets go of nodes that are no more and to which nothing is under way. */
    void retain(IntPredicate node) {
        links.forEach((number, link) -> {
            if (!node.test(number) && link.underWay.get() == 0) {
                links.remove(number);
                Connection open = link.connection;
                if (open != null) {
                    open.close();
                }
            }
        });
    }

    @Override
    public void close() {
        closing = true;
        links.values()
                .forEach(link -> {
                    Connection open = link.connection;
                    if (open != null) {
                        open.close();
                    }
                });
    }
}
