package org.rowhouse.calls;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What this node knows of who serves what, and of how calls are made: the rows as they were at the
 * last look. A look follows each signal about them, and comes every {@link CallBounds#LOOK}
 * besides, since signals may be lost and what nodes have free changes.
 *
 * <p>Thread: its own; what is known may be asked by any and never blocks, but for {@link #fresh}.
 * Failure: while the database is away, what was known goes on to hold.
 */
final class Directory implements AutoCloseable {
    private static final Logger LOG = System.getLogger(Directory.class.getName());

    private final Supplier<Snapshot> read;
    private final Consumer<Directory> looked;
    private final Thread thread;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private long asked; // looks asked for so far, under the lock
    private long done; // the last of them that a finished look has served
    private boolean closing;
    private final AtomicBoolean wanted = new AtomicBoolean();
    private volatile long lookedNs = System.nanoTime();
    private volatile Known known = new Known(Map.of(), Map.of(), Set.of(), Map.of());

    /**
     * The rows at one moment.
     *
     * @param withdrawn components that serve nobody, though a node may have loaded them
     * @param keys by which nodes prove who they are, by the nodes' names
     */
    record Snapshot(
            List<Instance> instances,
            List<Settings> settings,
            Set<String> withdrawn,
            Map<String, byte[]> keys) {}

    /**
     * How calls of one operation are made.
     *
     * @param tracedMilli share of its calls that are traced, in thousandths
     * @param timeout null: as its author says
     * @param durable whether each call is a task
     */
    record Settings(
            String operation, int tracedMilli, @Nullable Duration timeout, boolean durable) {
        static final Settings USUAL = new Settings("", CallBounds.TRACED_MILLI, null, false);
    }

    private record Known(
            Map<String, List<Instance>> instances,
            Map<String, Settings> settings,
            Set<String> withdrawn,
            Map<String, byte[]> keys) {}

    /**
     * @param read reads the rows
     * @param looked called after each look, on this thread
     */
    Directory(Supplier<Snapshot> read, Consumer<Directory> looked) {
        this.read = read;
        this.looked = looked;
        this.thread = Thread.ofVirtual().name("rowhouse-directory").unstarted(this::serve);
    }

    /** Looks for the first time, and then for ever. */
    void start() {
        look();
        thread.start();
    }

    /** The instances of an interface, in any order. */
    List<Instance> instances(String interfaceName) {
        if (System.nanoTime() - lookedNs > CallBounds.LOOK.toNanos()
                && !wanted.get()
                && !wanted.getAndSet(true)) {
            signal();
        }
        return known.instances.getOrDefault(interfaceName, List.of());
    }

    /** All nodes that serve something. */
    boolean serves(int node) {
        return known.instances.values().stream()
                .flatMap(List::stream)
                .anyMatch(each -> each.node() == node);
    }

    /** Whether a component was deployed and is not any more. */
    boolean withdrawn(String component) {
        return known.withdrawn.contains(component);
    }

    /** How calls of an operation are made. */
    Settings settings(String operation) {
        return known.settings.getOrDefault(operation, Settings.USUAL);
    }

    /** By which nodes prove who they are to others of their machine, by the nodes' names. */
    Map<String, byte[]> keys() {
        return known.keys;
    }

    /** The rows have changed: look soon. Never blocks. */
    void signal() {
        lock.lock();
        try {
            asked++;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits for a look that begins after this call, as far as this deadline allows.
     *
     * @param deadlineNs by {@link System#nanoTime}
     */
    void fresh(long deadlineNs) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long mine = ++asked;
            changed.signalAll();
            while (done < mine && !closing) {
                long leftNs = deadlineNs - System.nanoTime();
                if (leftNs <= 0) {
                    return;
                }
                changed.awaitNanos(leftNs);
            }
        } finally {
            lock.unlock();
        }
    }

    private void look() {
        Snapshot snapshot = read.get();
        lookedNs = System.nanoTime();
        wanted.set(false);
        known =
                new Known(
                        snapshot.instances.stream()
                                .collect(Collectors.groupingBy(Instance::interfaceName)),
                        snapshot.settings.stream()
                                .collect(Collectors.toMap(Settings::operation, each -> each)),
                        snapshot.withdrawn,
                        snapshot.keys);
        looked.accept(this);
    }

    private void serve() {
        while (true) {
            long serving;
            lock.lock();
            try {
                long leftNs = CallBounds.LOOK_IDLE.toNanos();
                while (asked == done && !closing && leftNs > 0) {
                    leftNs = changed.awaitNanos(leftNs);
                }
                if (closing) {
                    return;
                }
                serving = asked;
            } catch (InterruptedException e) {
                return;
            } finally {
                lock.unlock();
            }
            try {
                look();
            } catch (RuntimeException e) {
                LOG.log(Level.DEBUG, "calls go by what was known: {0}", e.toString());
                wanted.set(false);
                if (!pause()) {
                    return;
                }
            }
            served(serving);
        }
    }

    /** A database that is away is not asked in a tight loop. */
    private static boolean pause() {
        try {
            Thread.sleep(CallBounds.LOOK_AGAIN);
            return true;
        } catch (InterruptedException e) {
            return false;
        }
    }

    private void served(long serving) {
        lock.lock();
        try {
            done = serving;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closing = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        thread.interrupt();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
