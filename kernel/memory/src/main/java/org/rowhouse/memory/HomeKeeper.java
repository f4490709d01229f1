package org.rowhouse.memory;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * Keeps a home's lease and what it serves in step with the rows.
 *
 * <p>Invariant: the lease counts from before the statement that renewed it was sent, and holds only
 * after regions that the rows give to others have been closed. Thread: its own; {@link #beat} may
 * be called by any. Failure: without renewals the lease runs out by itself and verbs are refused;
 * regions that nobody took meanwhile go on when the database is back.
 */
final class HomeKeeper implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(HomeKeeper.class.getName());

    /** Beats that a home without regions leaves out: it looks for some now and then. */
    private static final int IDLE_BEATS = 4;

    private final MemoryHome home;
    private final RegionRows rows;
    private final String node;
    private final IntSupplier life;
    private final BooleanSupplier takes;
    private final Thread thread;
    private final ReentrantLock beating = new ReentrantLock();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition hurried = lock.newCondition();
    private boolean hurry;
    private volatile boolean closing;

    /**
     * @param node the node's name
     * @param life the number of its present life
     * @param takes whether it may take regions that nobody has
     */
    HomeKeeper(
            MemoryHome home,
            RegionRows rows,
            String node,
            IntSupplier life,
            BooleanSupplier takes) {
        this.home = home;
        this.rows = rows;
        this.node = node;
        this.life = life;
        this.takes = takes;
        this.thread =
                Thread.ofPlatform().name("rowhouse-memory").daemon(true).unstarted(this::serve);
    }

    void start() {
        thread.start();
    }

    /** Beats at once: regions may have come, gone or changed. Never blocks. */
    void hurry() {
        lock.lock();
        try {
            hurry = true;
            hurried.signal();
        } finally {
            lock.unlock();
        }
    }

    private void serve() {
        int left = 0;
        while (!closing) {
            try {
                if (hasBeenHurried() || home.count() > 0 || --left <= 0) {
                    left = IDLE_BEATS;
                    beat(false);
                }
            } catch (RuntimeException e) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "the lease of this node''s regions could not be renewed: {0}",
                        e.toString());
            }
            await();
        }
    }

    private boolean hasBeenHurried() {
        lock.lock();
        try {
            boolean was = hurry;
            hurry = false;
            return was;
        } finally {
            lock.unlock();
        }
    }

    private void await() {
        lock.lock();
        try {
            long leftNs = MemoryBounds.BEAT.toNanos();
            while (!hurry && !closing && leftNs > 0) {
                leftNs = hurried.awaitNanos(leftNs);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Renews the lease and follows the rows.
     *
     * @param needed whether a region is about to come that the rows do not show yet
     * @throws RowhouseException 3xx; STOPPING once it is closed
     */
    void beat(boolean needed) {
        beating.lock();
        try {
            if (closing) {
                throw new RowhouseException(ErrorCode.STOPPING, "The node is stopping.");
            }
            int now = life.getAsInt();
            long sentNs = home.lease().now();
            Optional<List<RegionRow>> mine =
                    rows.beat(
                            new RegionRows.Beat(
                                    now,
                                    node,
                                    home.room(),
                                    needed || home.count() > 0,
                                    takes.getAsBoolean()));
            List<RegionRow> refused = home.agree(mine.orElse(List.of()));
            if (mine.isPresent()) {
                home.lease().renewed(sentNs);
            } else {
                home.lease().end();
            }
            refused.forEach(row -> rows.giveUp(row, now));
            home.handles().beat();
        } finally {
            beating.unlock();
        }
    }

    /** Stops to answer, then lets others take the regions at once. */
    @Override
    public void close() {
        closing = true;
        hurry();
        try {
            if (thread.isAlive()) {
                thread.join(TimeUnit.SECONDS.toMillis(5));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        beating.lock();
        try {
            boolean had = home.count() > 0;
            home.close();
            if (had) {
                rows.leave(life.getAsInt());
            }
        } catch (RowhouseException e) {
            LOG.log(
                    System.Logger.Level.DEBUG,
                    "the lease could not be given up; it runs out by itself: {0}",
                    e.getMessage());
        } finally {
            beating.unlock();
        }
    }
}
