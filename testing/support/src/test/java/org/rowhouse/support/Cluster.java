package org.rowhouse.support;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.rowhouse.api.TaskId;
import org.rowhouse.store.Database;
import org.rowhouse.store.Home;

/**
 * One node on one home with its embedded database, as a story tells it: they are started, killed
 * and started again.
 */
final class Cluster implements Door, AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final Path folder;
    private final Home home;
    private final List<String> options;
    private final List<Duration> recoveries = new ArrayList<>();
    private volatile CompletableFuture<NodeProcess> node = new CompletableFuture<>();
    private int lives;

    private Cluster(Path folder, List<String> options) {
        this.folder = folder;
        this.home = Home.at(folder.resolve("home"));
        this.options = options;
    }

    /**
     * A cluster below a folder, with its node up.
     *
     * @param options for the node's JVM
     */
    static Cluster start(Path folder, String... options) throws IOException {
        Cluster cluster = new Cluster(folder, List.of(options));
        cluster.startNode();
        return cluster;
    }

    @Override
    public NodeProcess node() {
        try {
            return node.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new IllegalStateException("there is no node", e);
        }
    }

    /** Starts the node and waits until it is ready. */
    NodeProcess startNode() throws IOException {
        Path log = folder.resolve("node-" + ++lives + ".log");
        NodeProcess fresh = NodeProcess.start(home.path(), log, options);
        fresh.awaitReady();
        if (node.isDone()) {
            node = new CompletableFuture<>();
        }
        node.complete(fresh);
        return fresh;
    }

    /** The node is down from now on, whoever took it down. */
    private NodeProcess takeNode() {
        NodeProcess down = node();
        node = new CompletableFuture<>();
        return down;
    }

    /** Kills the node; its database lives on. */
    void killNode() {
        takeNode().kill();
    }

    /**
     * Waits until the node has ended by itself, as when a task ends its JVM; gives the exit code.
     */
    int awaitNodeEnd() {
        return takeNode().awaitEnd();
    }

    /** Kills the database's main process; the others of it notice that and end. */
    void killDatabase() {
        kill(postmaster(home));
    }

    /** Kills one connection's process, which makes the server end all of them and recover. */
    void killConnection(Random random) {
        killConnection(home, random);
    }

    /** The same on the server of a home. */
    static void killConnection(Home home, Random random) {
        List<ProcessHandle> parts = postmaster(home).children().toList();
        if (!parts.isEmpty()) {
            parts.get(random.nextInt(parts.size())).destroyForcibly();
        }
    }

    /** Kills the node and then every process of the database. */
    void killAll() {
        takeNode().kill();
        killDatabaseAtOnce();
    }

    /** Kills all processes of the database within a few milliseconds, as a power cut does. */
    void killDatabaseAtOnce() {
        ProcessHandle server = postmaster(home);
        List<ProcessHandle> parts = server.children().toList();
        parts.forEach(ProcessHandle::destroyForcibly);
        kill(server);
    }

    static void kill(ProcessHandle process) {
        process.destroyForcibly();
        process.onExit().join();
    }

    /** The main process of the server of a home. */
    static ProcessHandle postmaster(Home home) {
        Path file = home.database().resolve("data").resolve("postmaster.pid");
        CompletableFuture<ProcessHandle> found = new CompletableFuture<>();
        Await.until(
                PATIENCE,
                () -> {
                    long pid = Long.parseLong(Files.readAllLines(file).getFirst().strip());
                    return found.complete(ProcessHandle.of(pid).orElseThrow());
                },
                () -> "no database runs in " + home);
        return found.join();
    }

    /**
     * Waits until the cluster does work again, shown by a task that is started and ends, and notes
     * how long that took.
     *
     * @param sinceNs {@link System#nanoTime()} when the recovery began
     */
    void awaitRecovery(long sinceNs, String notes) {
        TaskId probe = TaskId.create(0, System.currentTimeMillis());
        String input = "{\"notes\": \"" + notes + "\"}";
        node().start(probe, "witness/touch", "", input);
        String state = node().await(probe);
        if (!state.equals("succeeded")) {
            throw new AssertionError("after the recovery a task is " + state);
        }
        recoveries.add(Duration.ofNanos(System.nanoTime() - sinceNs));
    }

    /** How long the last recovery took. */
    Duration lastRecovery() {
        return recoveries.getLast();
    }

    /** How long each recovery took, shortest first. */
    List<Duration> recoveries() {
        return recoveries.stream().sorted().toList();
    }

    /** A connection to the database; the caller closes it. */
    Connection connect() {
        try (Database database = Database.attach(home)) {
            return database.connect("story");
        }
    }

    @Override
    public int bucketOf(String queue) throws SQLException {
        return Integer.parseInt(
                query("select bucket from rowhouse.queue where name = ?", queue).getFirst());
    }

    /** The first column of a query's rows, as text. */
    List<String> query(String sql, Object... values) throws SQLException {
        try (Connection connection = connect();
                PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < values.length; i++) {
                statement.setObject(i + 1, values[i]);
            }
            try (ResultSet row = statement.executeQuery()) {
                List<String> column = new ArrayList<>();
                while (row.next()) {
                    column.add(row.getString(1));
                }
                return column;
            }
        }
    }

    /** Waits until no task is left that will go on by itself. */
    void awaitQuiet(Duration atMost) {
        String unended =
                "select state || ' ' || function || ' ' || id || ' of queue ' || queue"
                        + " from rowhouse.task where state in ('ready', 'running', 'waiting')"
                        + " order by id";
        Await.until(
                atMost,
                () -> query(unended).isEmpty(),
                () -> {
                    try {
                        List<String> left = query(unended);
                        return left.size()
                                + " tasks have not ended: "
                                + left.subList(0, Math.min(left.size(), 10))
                                + node().lastWords();
                    } catch (SQLException e) {
                        return e.toString();
                    }
                });
    }

    Path folder() {
        return folder;
    }

    Home home() {
        return home;
    }

    /** Ends node and database in order; kills what does not end. */
    @Override
    public void close() {
        if (node.isDone()) {
            node().close();
        }
        Path pid = home.database().resolve("data").resolve("postmaster.pid");
        if (Files.exists(pid)) {
            killDatabase();
        }
    }
}
