package org.rowhouse.tasks;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.store.Connections;
import org.rowhouse.store.DatabaseErrors;
import org.rowhouse.store.NamedSql;
import org.rowhouse.store.SqlFile;

/**
 * Keeps a node alive in the table of nodes: one statement each {@link TaskBounds#RENEWAL}, which
 * renews its lease, tells how it fares, hears what is asked of it, and ends lives whose lease ran
 * out.
 *
 * <p>Tables: node (writes). Invariant: all times are the database's; the node's own clock only says
 * when the next beat is due. Thread: its own platform thread and connection, on which nothing else
 * is ever done, so that a beat is never late for another reason than the machine or the database.
 * Failure: it connects again, the first time at once, and holds others to be dead only as {@link
 * Judgement} allows; when others have ended this life it begins a new one. A renewal does not wait
 * for the disk: one that a crash of the server takes back is made again in half a second.
 */
final class Lease implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Lease.class.getName());
    private static final NamedSql JOIN = NamedSql.load(Lease.class, "join_cluster");
    private static final NamedSql RENEW = NamedSql.load(Lease.class, "renew_lease");
    private static final Duration JOIN_PATIENCE = Duration.ofSeconds(30);
    private static final String LAZY = SqlFile.read(Lease.class, "renew_lazily");

    /** Two nodes of one name that come up in the same moment: the second one looks again. */
    private static final String UNIQUE_VIOLATION = "23505";

    private final Connections connections;
    private final NodeDescription self;
    private final Node node;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition hurried = lock.newCondition();
    private final Thread thread;
    private @Nullable Connection connection;
    private volatile boolean closing;
    private boolean hurry; // under the lock
    private int number;
    private boolean cordoned;
    private int looks; // beats until it looks for other nodes again
    private final Judgement judgement = new Judgement(TaskBounds.LEASE);
    private long longestBeatNs;

    /** What the lease asks and tells of the node it is for. None of it may block. */
    interface Node {
        /** Tasks it runs. */
        int running();

        /** Whether it runs nothing, and claims that are under way will bring nothing. */
        boolean idle();

        /** What is asked of it now; told at each beat. */
        void asked(Asked asked);

        /** It begins another life, since others ended the one before. */
        void reborn(int number);
    }

    /**
     * What the cluster asks of a node.
     *
     * @param cordoned whether it shall claim nothing new
     * @param handOverMs in how many milliseconds it shall give back what it runs, below 0 since so
     *     long; null if it is not draining
     */
    record Asked(boolean cordoned, @Nullable Long handOverMs) {}

    private record Joined(
            @Nullable Integer number,
            @Nullable String holderHome,
            @Nullable String until,
            long leftMs) {}

    private record Beaten(int ended, @Nullable Integer alive, @Nullable Long nextMs, Asked asked) {}

    Lease(Connections connections, NodeDescription self, Node node) {
        this.connections = connections;
        this.self = self;
        this.node = node;
        this.thread = Thread.ofPlatform().name("rowhouse-lease").daemon(true).unstarted(this::keep);
    }

    /**
     * Enters the cluster; blocks while an earlier process of this name, which may be dead, holds a
     * lease.
     *
     * @return the number of the new life
     * @throws RowhouseException CONFLICT if that process lives
     */
    int join() {
        try {
            Connection fresh = connect(JOIN_PATIENCE);
            String until = null;
            while (true) {
                Joined joined = join(fresh);
                if (joined.number != null) {
                    number = joined.number;
                    fresh.setNetworkTimeout(
                            Runnable::run, (int) TaskBounds.RENEWAL_PATIENCE.toMillis());
                    return number;
                }
                if (until != null && !until.equals(joined.until)) {
                    throw nameTaken(joined);
                }
                until = joined.until;
                Thread.sleep(Math.clamp(joined.leftMs, 1, TaskBounds.RENEWAL.toMillis()));
            }
        } catch (SQLException e) {
            disconnect();
            throw DatabaseErrors.explain(e);
        } catch (InterruptedException e) {
            disconnect();
            Thread.currentThread().interrupt();
            throw new RowhouseException(ErrorCode.STOPPING, "The node was told to stop.", e);
        } catch (RowhouseException e) {
            disconnect();
            throw e;
        }
    }

    private RowhouseException nameTaken(Joined joined) {
        return new RowhouseException(
                ErrorCode.CONFLICT,
                "A node of the name '"
                        + self.name()
                        + "' is up already, in "
                        + joined.holderHome
                        + ": give this one another name by --name, or stop that one first.");
    }

    private Joined join(Connection connection) throws SQLException {
        Map<String, @Nullable Object> values = new HashMap<>();
        values.put("name", self.name());
        values.put("home", self.home());
        values.put("session", self.session());
        values.put("version", self.version());
        values.put("pid", ProcessHandle.current().pid());
        values.put("roles", array(self.roles()));
        values.put("zone", self.zone());
        values.put("tier", self.tier());
        values.put("labels", array(self.labels()));
        values.put("cores_milli", self.coresMilli());
        values.put("memory_mib", self.memoryMib());
        values.put("lease_ms", TaskBounds.LEASE.toMillis());
        while (true) {
            try {
                return JOIN.rows(
                                connection,
                                values,
                                row ->
                                        new Joined(
                                                row.getObject("number", Integer.class),
                                                row.getString("holder_home"),
                                                row.getString("holder_until"),
                                                row.getLong("left_ms")))
                        .getFirst();
            } catch (SQLException e) {
                if (!UNIQUE_VIOLATION.equals(e.getSQLState())) {
                    throw e;
                }
            }
        }
    }

    /** Words as the database writes an array; none of them has a quote or a comma. */
    private static String array(List<String> words) {
        return "{" + String.join(",", words) + "}";
    }

    /** Begins to beat, after {@link #join}. */
    void start() {
        thread.start();
    }

    /** Beats at once: something may be asked of this node. Never blocks for long. */
    void hurry() {
        lock.lock();
        try {
            hurry = true;
            hurried.signal();
        } finally {
            lock.unlock();
        }
    }

    /** The longest time between two renewals so far, for tests and for people. */
    Duration longestBeat() {
        return Duration.ofNanos(longestBeatNs);
    }

    private void keep() {
        long lastNs = System.nanoTime();
        while (!closing) {
            Duration pause = TaskBounds.RENEWAL;
            try {
                Connection current =
                        connection == null ? connect(TaskBounds.RENEWAL_PATIENCE) : connection;
                Optional<Beaten> beaten = renew(current);
                if (beaten.isEmpty()) {
                    beginAgain(current);
                }
                judgement.renewed(System.nanoTime());
                if (beaten.isPresent()) {
                    pause = follow(beaten.get());
                }
                longestBeatNs = Math.max(longestBeatNs, System.nanoTime() - lastNs);
                lastNs = System.nanoTime();
            } catch (SQLException | RowhouseException e) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "the lease could not be renewed: {0}",
                        e.getMessage());
                // A line that had worked is made anew at once: others may wait to be judged.
                if (judgement.broken()) {
                    pause = Duration.ZERO;
                }
                disconnect();
            }
            await(pause);
        }
    }

    private void await(Duration pause) {
        lock.lock();
        try {
            long leftNs = pause.toNanos();
            while (!hurry && !closing && leftNs > 0) {
                leftNs = hurried.awaitNanos(leftNs);
            }
            hurry = false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
    }

    private Connection connect(Duration patience) throws SQLException {
        Connection fresh = connections.connect("lease");
        connection = fresh;
        // A line that is dead without saying so must not cost the lease.
        fresh.setNetworkTimeout(Runnable::run, (int) patience.toMillis());
        try (Statement statement = fresh.createStatement()) {
            statement.execute(LAZY);
        }
        return fresh;
    }

    private Optional<Beaten> renew(Connection current) throws SQLException {
        Map<String, @Nullable Object> values = new HashMap<>();
        values.put("number", number);
        values.put("lease_ms", TaskBounds.LEASE.toMillis());
        long nowNs = System.nanoTime();
        values.put("look", looks <= 0);
        values.put("steady_ms", judgement.steady(nowNs).toMillis());
        values.put("through", judgement.grace(nowNs).isZero());
        values.put("patience_ms", TaskBounds.RENEWAL_PATIENCE.toMillis());
        values.put("running", node.running());
        values.put("idle", cordoned && node.idle());
        return RENEW
                .rows(
                        current,
                        values,
                        row ->
                                new Beaten(
                                        row.getInt("ended"),
                                        row.getObject("alive", Integer.class),
                                        row.getObject("next_ms", Long.class),
                                        new Asked(
                                                row.getBoolean("cordoned"),
                                                row.getObject("hand_over_ms", Long.class))))
                .stream()
                .findFirst();
    }

    /**
     * Gives how long to wait: it looks just when a lease is about to run out, or the grace is over.
     */
    private Duration follow(Beaten beaten) {
        looks--;
        cordoned = beaten.asked.cordoned;
        node.asked(beaten.asked);
        if (beaten.alive == null) {
            return TaskBounds.RENEWAL;
        }
        // Together the nodes of a large cluster look as often as those of a small one.
        int share = 1 + beaten.alive / TaskBounds.LOOKERS;
        looks = share == 1 ? 0 : ThreadLocalRandom.current().nextInt(share, 2 * share);
        long graceMs = judgement.grace(System.nanoTime()).toMillis();
        long nextMs = beaten.nextMs == null ? Long.MAX_VALUE : Math.max(beaten.nextMs, 0);
        nextMs = graceMs > 0 ? Math.min(nextMs, graceMs) : nextMs;
        if (nextMs < TaskBounds.RENEWAL.toMillis()) {
            looks = 0;
            return Duration.ofMillis(nextMs + 5);
        }
        return TaskBounds.RENEWAL;
    }

    private void beginAgain(Connection current) throws SQLException {
        Joined joined = join(current);
        if (joined.number == null) {
            throw nameTaken(joined);
        }
        number = joined.number;
        node.reborn(joined.number);
        LOG.log(
                System.Logger.Level.WARNING,
                "this node''s lease had run out; it goes on as life {0}, without what it was"
                        + " running",
                Integer.toString(joined.number));
    }

    private void disconnect() {
        Connection current = connection;
        connection = null;
        if (current != null) {
            try {
                current.abort(Runnable::run);
            } catch (SQLException e) {
                LOG.log(System.Logger.Level.DEBUG, "closing failed; the connection is given up", e);
            }
        }
    }

    /** Stops to beat; the life goes on until its lease runs out or someone ends it. */
    @Override
    public void close() {
        closing = true;
        hurry();
        try {
            if (thread.isAlive()) {
                thread.join(TaskBounds.RENEWAL_PATIENCE.multipliedBy(2));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        disconnect();
    }
}
