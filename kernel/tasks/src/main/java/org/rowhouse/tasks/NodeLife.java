package org.rowhouse.tasks;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.rowhouse.api.TaskId;
import org.rowhouse.store.CallStatistics;
import org.rowhouse.store.Connections;
import org.rowhouse.store.DatabaseErrors;
import org.rowhouse.store.SqlFile;

/**
 * A node's life in the cluster: enters it, listens for signals, takes over from the dead, hands
 * over what it runs when it is drained, and leaves.
 *
 * <p>Tables: node and calls (writes), setting (reads). Invariant: while the node is alive its row
 * says so by the database's clock, which its {@link Lease} sees to; whoever lets a lease lapse is
 * ended by the others, and its tasks are taken, attempt by attempt, by the one that ended it; all
 * nodes then claim them. Thread: its own platform thread and connection. Failure: it connects
 * again; a node that finds itself ended begins a new life, and what it was running is fenced off by
 * the attempts.
 */
final class NodeLife implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(NodeLife.class.getName());
    private static final String ALIVE = SqlFile.read(NodeLife.class, "alive_nodes");
    private static final String ADDRESS = SqlFile.read(NodeLife.class, "node_address");
    private static final String LEAVE = SqlFile.read(NodeLife.class, "leave_cluster");
    private static final String LOST = SqlFile.read(NodeLife.class, "lost_nodes");
    private static final String CANCELLED = SqlFile.read(NodeLife.class, "cancelled");
    private static final String SETTINGS = SqlFile.read(NodeLife.class, "settings");
    private static final String STORE_CALLS = SqlFile.read(NodeLife.class, "store_calls");

    /** How the signal begins that names tasks which have ended. */
    static final String DONE = "done ";

    /** Beats between two looks for what no signal told. */
    private static final int LOOK_AROUND = 5;

    private final Connections connections;
    private final Engine engine;
    private final Lease lease;
    private final boolean processor;
    private final AtomicBoolean bornAgain = new AtomicBoolean();
    private final Map<String, List<Runnable>> listeners = new ConcurrentHashMap<>();
    private volatile Runnable anySignal = () -> {};
    private final Thread thread;
    private volatile boolean closing;
    private volatile @Nullable String address;
    private @Nullable Connection connection;
    private int beat;
    private long beatDueNs = System.nanoTime() + TaskBounds.BEAT.toNanos();
    private Map<TaskId, Integer> lost = new HashMap<>();
    private long statisticsDueNs = System.nanoTime() + TaskBounds.STATISTICS_INTERVAL.toNanos();

    NodeLife(Connections connections, NodeDescription self, Engine engine) {
        this.connections = connections;
        this.engine = engine;
        this.lease = new Lease(connections, self, new Self());
        this.processor = self.roles().contains("processor");
        this.thread = Thread.ofPlatform().name("rowhouse-life").daemon(true).unstarted(this::serve);
    }

    /** Reads the settings; for the composition, before there is an engine. */
    static Map<String, String> settings(Connections connections) {
        try (Connection connection = connections.connect("rowhouse-settings")) {
            return settings(connection);
        } catch (SQLException e) {
            throw DatabaseErrors.explain(e);
        }
    }

    private static Map<String, String> settings(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(SETTINGS);
                ResultSet row = statement.executeQuery()) {
            Map<String, String> settings = new HashMap<>();
            while (row.next()) {
                settings.put(row.getString(1), row.getString(2));
            }
            return settings;
        }
    }

    /**
     * Calls {@code action}, which must not block, whenever this signal comes.
     *
     * @return ends it
     */
    AutoCloseable onSignal(String word, Runnable action) {
        List<Runnable> those = listeners.computeIfAbsent(word, _ -> new CopyOnWriteArrayList<>());
        those.add(action);
        return () -> those.remove(action);
    }

    /** Calls {@code action}, which must not block, when signals have come. */
    void onSignals(Runnable action) {
        anySignal = action;
    }

    /** What the lease asks and tells; on the lease's thread. */
    private final class Self implements Lease.Node {
        @Override
        public int running() {
            return engine.runs.count();
        }

        @Override
        public boolean idle() {
            return engine.runs.idle();
        }

        @Override
        public void asked(Lease.Asked asked) {
            engine.runs.cordon(asked.cordoned() || !processor);
            Long handOverMs = asked.handOverMs();
            if (handOverMs != null && handOverMs <= 0) {
                handOver(-handOverMs);
            }
        }

        @Override
        public void reborn(int number) {
            engine.reborn(number);
            engine.runs.all().forEach(run -> run.interrupt(TaskRun.Interruption.STOP));
            bornAgain.set(true);
        }
    }

    /**
     * The node is being drained, and the time for tasks to end by themselves has been over for
     * {@code sinceMs}: they leave at their next step; later they are interrupted, and at last their
     * threads are given up.
     */
    private void handOver(long sinceMs) {
        long graceMs = TaskBounds.HAND_OVER_GRACE.toMillis();
        for (TaskRun run : engine.runs.all()) {
            if (sinceMs >= 2 * graceMs) {
                run.evict();
            } else if (sinceMs >= graceMs) {
                run.interrupt(TaskRun.Interruption.STOP);
            } else {
                run.leaveAtNextStep();
            }
        }
    }

    /** Enters the cluster, takes over what earlier lives left behind, and begins to run tasks. */
    void start() {
        try {
            Connection fresh = connect();
            engine.runs.cordon(true); // until the first beat has told what is asked of it
            engine.start(lease.join());
            lease.start(); // what follows may take longer than a lease lasts
            takeOver(fresh);
        } catch (SQLException e) {
            throw DatabaseErrors.explain(e);
        }
        mendWaits(true);
        engine.scheduler.beat(engine.node(), true);
        engine.dispatcher.lookEverywhere();
        thread.start();
    }

    private Connection connect() throws SQLException {
        Connection fresh = connections.connect("rowhouse-life");
        try (Statement statement = fresh.createStatement()) {
            statement.execute("listen rowhouse");
        }
        connection = fresh;
        return fresh;
    }

    /** Lets the cluster know where this node's API answers, in this life and those that follow. */
    void answersAt(String address) {
        this.address = address;
        try (Connection once = connections.connect("rowhouse-life")) {
            writeAddress(once);
        } catch (SQLException e) {
            throw DatabaseErrors.explain(e);
        }
    }

    private void writeAddress(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(ADDRESS)) {
            statement.setString(1, address);
            statement.setInt(2, engine.node());
            statement.executeUpdate();
        }
    }

    private void serve() {
        while (!closing) {
            try {
                Connection current = connection == null ? connect() : connection;
                signals(current);
                // Signals may come by the hundred: the beat stays a beat.
                if (!closing && System.nanoTime() - beatDueNs >= 0) {
                    beatDueNs = System.nanoTime() + TaskBounds.BEAT.toNanos();
                    beat(current);
                }
            } catch (SQLException | RuntimeException e) {
                // Whatever a signal of another version may hold, the life goes on.
                LOG.log(
                        System.Logger.Level.WARNING,
                        "the node''s life is disturbed: {0}",
                        e.toString());
                disconnect();
                engine.runs.orphaned();
                pause();
            }
        }
    }

    private void pause() {
        try {
            Thread.sleep(TaskBounds.BEAT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** A queue, and buckets of it in which tasks were placed on this node. */
    private void placedHere(String where) {
        int end = where.lastIndexOf(' ');
        if (end < 0) {
            engine.dispatcher.placedHere(where); // an older node does not tell the buckets
            return;
        }
        String queue = where.substring(0, end);
        for (String bucket : where.substring(end + 1).split(",")) {
            engine.dispatcher.placedHere(queue, Integer.parseInt(bucket));
        }
    }

    /**
     * Waits for signals, until the next beat at most, and follows each kind once. Who waits so
     * hears nothing else, so it is not for long: a node that closes waits for this.
     */
    private void signals(Connection current) throws SQLException {
        long leftMs = TimeUnit.NANOSECONDS.toMillis(beatDueNs - System.nanoTime());
        PGNotification[] notes =
                current.unwrap(PGConnection.class)
                        .getNotifications(
                                (int) Math.clamp(leftMs, 1, TaskBounds.LISTEN_MAX.toMillis()));
        if (notes == null) {
            return;
        }
        Set<String> words = new LinkedHashSet<>();
        for (PGNotification note : notes) {
            words.add(note.getParameter());
        }
        anySignal.run();
        if (words.contains("settings")) {
            engine.buckets.follow(settings(current));
        }
        if (words.contains("nodes")) {
            lease.hurry();
        }
        if (words.stream().anyMatch(word -> word.startsWith("died "))) {
            engine.dispatcher.expectSuspectsOfASilentNode();
        }
        if (words.contains("died " + engine.node())) {
            takeOver(current); // this node has ended that life: the others only claim
        }
        if (words.contains("policy")) {
            engine.succession.forget();
        }
        if (words.contains("queues")) {
            engine.queues.reload(current);
            engine.dispatcher.lookEverywhere();
        }
        for (String word : words) {
            if (word.startsWith("ready ")) {
                engine.dispatcher.ready(word.substring("ready ".length()));
            } else if (word.startsWith(engine.runHere())) {
                engine.deliver(ids(word, engine.runHere()));
            } else if (word.startsWith(DONE)) {
                engine.watchers.recheck(ids(word, DONE));
            } else if (word.startsWith(engine.placedHere())) {
                placedHere(word.substring(engine.placedHere().length()));
            } else if (word.startsWith(Engine.NEXT)) {
                engine.succession.heard(word.substring(Engine.NEXT.length()));
            }
            engine.scheduler.heard(word);
            engine.messaging.heard(word);
        }
        for (String word : words) {
            listeners.getOrDefault(word.split(" ", 2)[0], List.of()).forEach(Runnable::run);
        }
        if (words.contains("cancel")) {
            cancel(current);
        }
        if (words.contains("ended") || words.contains("cancel")) {
            engine.watchers.recheck(engine.runs::runsHere);
            engine.joins.recheck();
            mendWaits(false);
        }
    }

    private static List<TaskId> ids(String word, String prefix) {
        return Stream.of(word.substring(prefix.length()).split(",")).map(TaskId::parse).toList();
    }

    private void beat(Connection current) throws SQLException {
        boolean lookAround = ++beat % LOOK_AROUND == 0;
        boolean fresh = bornAgain.getAndSet(false);
        if (fresh) {
            writeAddress(current);
        }
        if (fresh || lookAround) {
            takeOver(current);
            cancel(current);
        }
        if (engine.runs.takeOrphaned() || lookAround) {
            reclaim();
        }
        engine.scheduler.beat(engine.node(), fresh || lookAround);
        engine.watchers.recheck(engine.runs::runsHere);
        engine.joins.recheck();
        if (lookAround) {
            engine.timers.shareWith(aliveNodes(current));
            engine.queues.reload(current);
            engine.dispatcher.lookEverywhere();
        }
        if (System.nanoTime() - statisticsDueNs >= 0) {
            statisticsDueNs = System.nanoTime() + TaskBounds.STATISTICS_INTERVAL.toNanos();
            storeStatistics(current);
        }
    }

    private static int aliveNodes(Connection current) throws SQLException {
        try (PreparedStatement statement = current.prepareStatement(ALIVE);
                ResultSet row = statement.executeQuery()) {
            row.next();
            return row.getInt(1);
        }
    }

    /** Takes the tasks of dead nodes, in bounded rounds. */
    private void takeOver(Connection current) throws SQLException {
        Map<String, String> settings = settings(current);
        int crashesMax = Integer.parseInt(settings.getOrDefault("crashes_max", "3"));
        engine.buckets.follow(settings);
        for (int node : lostNodes(current)) {
            int taken = 0;
            for (int bucket = 0; bucket < engine.buckets.count(); bucket++) {
                Calls.Taken answer;
                do {
                    answer =
                            engine.kernel.call(
                                    Calls.TAKEOVER,
                                    new Calls.Takeover(
                                            bucket, node, crashesMax, TaskBounds.ROUND_MAX));
                    taken += answer.taken();
                    engine.othersMayClaim(answer.queues());
                } while (answer.taken() == TaskBounds.ROUND_MAX);
            }
            LOG.log(System.Logger.Level.INFO, "took {0} tasks over from node {1}", taken, node);
            engine.dispatcher.expectSuspects();
            mendWaits(true);
            engine.watchers.recheck(engine.runs::runsHere);
            engine.dispatcher.lookEverywhere();
        }
    }

    private List<Integer> lostNodes(Connection current) throws SQLException {
        try (PreparedStatement statement = current.prepareStatement(LOST)) {
            statement.setArray(1, buckets(current));
            try (ResultSet row = statement.executeQuery()) {
                List<Integer> nodes = new ArrayList<>();
                while (row.next()) {
                    nodes.add(row.getInt(1));
                }
                return nodes;
            }
        }
    }

    private Array buckets(Connection current) throws SQLException {
        Short[] buckets = new Short[engine.buckets.count()];
        for (int bucket = 0; bucket < buckets.length; bucket++) {
            buckets[bucket] = (short) bucket;
        }
        return current.createArrayOf("int2", buckets);
    }

    /**
     * Gives back tasks that run here by their rows but in no thread, as when the answer to a claim
     * was lost. A task that is seen so for the first time may only be on its way to its thread: it
     * gets one more beat.
     */
    private void reclaim() {
        Map<TaskId, Integer> before = lost;
        lost = new HashMap<>();
        for (int bucket = 0; bucket < engine.buckets.count(); bucket++) {
            var request = new Calls.RunningOf(bucket, engine.node(), TaskBounds.RUNNING_MAX * 2);
            for (Calls.RunningTask task : engine.kernel.call(Calls.RUNNING, request)) {
                if (engine.isHere(task.id())) {
                    continue;
                }
                Integer attempt = before.get(task.id());
                if (attempt == null || attempt != task.attempt() || !released(task)) {
                    lost.put(task.id(), task.attempt());
                    engine.runs.orphaned();
                }
            }
        }
        mendWaits(true);
        engine.dispatcher.lookEverywhere();
    }

    /** False if someone else was changing the row. */
    private boolean released(Calls.RunningTask task) {
        var release = new Calls.Release(task.id(), task.attempt());
        return !engine.kernel.call(Calls.RELEASE, release).outcome().equals(Calls.AGAIN);
    }

    /**
     * Interrupts the tasks of this node that someone asked to end, and follows up those that did.
     */
    private void cancel(Connection current) throws SQLException {
        try (PreparedStatement statement = current.prepareStatement(CANCELLED)) {
            statement.setArray(1, buckets(current));
            statement.setInt(2, engine.node());
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    TaskRun run = engine.runs.find(new TaskId((UUID) row.getObject(1)));
                    if (row.getBoolean(2)) {
                        engine.orphans.signal();
                    } else if (run != null && run.interruption() == null) {
                        run.interrupt(TaskRun.Interruption.CANCEL);
                    }
                }
            }
        }
    }

    /**
     * Wakes workflows whose children ended, or whose mail came, while nobody could tell them.
     *
     * @param lost whether a node died or a connection was lost
     */
    void mendWaits(boolean lost) {
        engine.messaging.mend(lost);
        TaskId first = new TaskId(new UUID(0, 0));
        for (int bucket = 0; bucket < engine.buckets.count(); bucket++) {
            List<Calls.Waiter> page;
            TaskId after = first;
            do {
                page =
                        engine.kernel.call(
                                Calls.UNWATCHED,
                                new Calls.Unwatched(bucket, TaskBounds.ROUND_MAX, after));
                page.forEach(this::mend);
                after = page.isEmpty() ? after : page.getLast().id();
            } while (page.size() == TaskBounds.ROUND_MAX);
        }
    }

    private void mend(Calls.Waiter waiter) {
        Integer position = waiter.waitingPosition();
        if (position == null) {
            engine.joins.check(
                    new Joins.Step(waiter.id(), waiter.waitingStep(), waiter.children()));
        } else {
            TaskId child =
                    TaskId.derived(
                            waiter.children(),
                            waiter.id().epochMs(),
                            waiter.id().toString(),
                            waiter.waitingStep(),
                            position);
            engine.watchers.onceIfEnded(
                    child, () -> engine.joins.wake(waiter.id(), waiter.waitingStep(), position));
        }
    }

    /** Stores what the system calls did since the last time. */
    void storeStatistics(Connection current) throws SQLException {
        try (PreparedStatement statement = current.prepareStatement(STORE_CALLS)) {
            for (CallStatistics.Row row : engine.kernel.statistics().drain()) {
                statement.setInt(1, engine.node());
                statement.setString(2, row.call());
                statement.setTimestamp(3, Timestamp.from(row.since()));
                statement.setTimestamp(4, Timestamp.from(row.until()));
                statement.setLong(5, row.requests());
                statement.setLong(6, row.batches());
                statement.setLong(7, row.failures());
                statement.setArray(
                        8, current.createArrayOf("int8", row.batchSizes().toArray(new Long[0])));
                statement.setLong(9, row.p50Us());
                statement.setLong(10, row.p99Us());
                statement.setLong(11, row.maxUs());
                statement.addBatch();
            }
            statement.executeBatch();
        }
    }

    private void disconnect() {
        engine.succession.forget(); // what is said from now on is not heard
        Connection current = connection;
        connection = null;
        if (current != null) {
            try {
                current.close();
            } catch (SQLException e) {
                LOG.log(System.Logger.Level.DEBUG, "closing failed; the connection is given up", e);
            }
        }
    }

    /** Leaves the cluster; the node must have stopped running tasks. */
    @Override
    public void close() {
        closing = true;
        lease.close();
        try {
            thread.join(TaskBounds.BEAT.multipliedBy(3));
            Connection current = connection;
            if (current != null) {
                storeStatistics(current);
                try (PreparedStatement statement = current.prepareStatement(LEAVE)) {
                    statement.setInt(1, engine.node());
                    statement.executeUpdate();
                }
            }
        } catch (SQLException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "could not say goodbye; the lease will run out: {0}",
                    e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            disconnect();
        }
    }
}
