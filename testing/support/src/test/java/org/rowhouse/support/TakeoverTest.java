package org.rowhouse.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.rowhouse.api.TaskId;
import org.rowhouse.store.Database;
import org.rowhouse.store.DatabaseSettings;
import org.rowhouse.store.Home;

/**
 * Several nodes, each a process, on one database: one of them dies or is stopped in the middle of
 * its work, and the others go on with it. How long that took is printed, and only bounded
 * generously, since the machine may be busy.
 */
class TakeoverTest {
    private static final System.Logger LOG = System.getLogger(TakeoverTest.class.getName());
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    /** Workflows that are under way when the node dies: each goes on for some seconds. */
    private static final int UNDER_WAY = 40;

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path folder;

    private Database database;
    private Path notes;
    private final Map<String, NodeProcess> nodes = new TreeMap<>();

    @BeforeEach
    void openDatabase() {
        database = Database.open(Home.at(folder.resolve("server")), DatabaseSettings.embedded());
        notes = folder.resolve("notes");
    }

    @AfterEach
    void close() {
        nodes.values().forEach(NodeProcess::kill);
        database.close();
    }

    private NodeProcess start(String name) throws IOException {
        NodeProcess node =
                NodeProcess.start(
                        folder.resolve(name + ".log"),
                        List.of(),
                        List.of(
                                folder.resolve(name).toString(),
                                database.connectionString(true),
                                name));
        nodes.put(name, node);
        return node.awaitReady();
    }

    private List<String> query(String sql, Object... values) throws SQLException {
        try (Connection connection = database.connect("story");
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

    /** Starts workflows of some seconds and waits until all of them run on the node. */
    private Set<TaskId> begin(NodeProcess node, String name) {
        Set<TaskId> tasks = new HashSet<>();
        for (int i = 0; i < UNDER_WAY; i++) {
            TaskId id = TaskId.create(i % 2, System.currentTimeMillis());
            String input = "{\"notes\": \"" + notes + "\", \"steps\": 30, \"pauseMs\": 200}";
            tasks.add(node.start(id, "witness/steady", "", input));
        }
        Await.until(
                PATIENCE,
                () ->
                        query(
                                                "select id from rowhouse.task join rowhouse.node on"
                                                        + " number = task.node where"
                                                        + " state = 'running' and name = ?",
                                                name)
                                        .size()
                                == UNDER_WAY,
                () -> "the workflows do not all run on " + name + node.lastWords());
        return tasks;
    }

    /** Waits until the node's life has been ended and its tasks run elsewhere; prints when. */
    private void awaitTakeover(String name, long sinceNs) {
        Await.until(
                PATIENCE,
                () ->
                        !query(
                                        "select 1 from rowhouse.node where name = ? and ended_by ="
                                                + " 'lease'",
                                        name)
                                .isEmpty(),
                () -> name + " is not held to be dead");
        Duration noticed = Duration.ofNanos(System.nanoTime() - sinceNs);
        Await.until(
                PATIENCE,
                () ->
                        query(
                                        "select id from rowhouse.task as t where state in ('ready',"
                                            + " 'running', 'waiting') and not exists (select from"
                                            + " rowhouse.task_event as e where e.bucket = t.bucket"
                                            + " and e.task = t.id and e.cause = 'claim')")
                                .isEmpty(),
                () -> "tasks of " + name + " do not run elsewhere");
        Duration elsewhere = Duration.ofNanos(System.nanoTime() - sinceNs);
        LOG.log(
                System.Logger.Level.INFO,
                "{0}: noticed after {1} ms, all of its tasks run elsewhere after {2} ms",
                name,
                noticed.toMillis(),
                elsewhere.toMillis());
    }

    private void awaitEnds(Set<TaskId> tasks) {
        String ids =
                tasks.stream().map(TaskId::toString).collect(Collectors.joining(",", "{", "}"));
        String unended =
                "select state || ' ' || coalesce(error::text, '') from rowhouse.task where"
                        + " id = any (?::text::uuid[]) and state <> 'succeeded'";
        Await.until(
                PATIENCE,
                () -> query(unended, ids).isEmpty(),
                () -> {
                    try {
                        return query(unended, ids).toString();
                    } catch (SQLException e) {
                        return e.toString();
                    }
                });
    }

    private void nothingIsLostOrDoubled(Set<TaskId> tasks) throws Exception {
        try (Connection connection = database.connect("story")) {
            assertThat(Checker.all(Evidence.gather(connection, tasks, notes))).isEmpty();
        }
    }

    /** How many of the tasks ended on each node. */
    private Map<String, Integer> endedOn() throws SQLException {
        Map<String, Integer> counts = new TreeMap<>();
        for (String name :
                query("select name from rowhouse.task join rowhouse.node on number = node")) {
            counts.merge(name, 1, Integer::sum);
        }
        return counts;
    }

    private void deploy(NodeProcess node) {
        node.deploy(Examples.TRANSFERS);
        node.deploy(Examples.WITNESS);
        node.deploy(Examples.CENSUS);
    }

    @Test
    @Timeout(value = 4, unit = TimeUnit.MINUTES)
    void whatAStoppedNodeSendsForTasksThatWereTakenIsRefused() throws Exception {
        NodeProcess a = start("a");
        deploy(a);
        NodeProcess b = start("b");
        Set<TaskId> tasks = begin(a, "a");
        long stoppedNs = System.nanoTime();
        a.stop();
        awaitTakeover("a", stoppedNs);
        a.goOn();
        awaitEnds(tasks);
        nothingIsLostOrDoubled(tasks);
        assertThat(query("select ended_by from rowhouse.node where name = 'a' order by number"))
                .as("it goes on as a new life")
                .startsWith("lease")
                .hasSizeGreaterThan(1);
        TaskId more = TaskId.create(0, System.currentTimeMillis());
        a.start(more, "witness/touch", "", "{\"notes\": \"" + notes + "\"}");
        assertThat(b.await(more)).isEqualTo("succeeded");
    }

    @Test
    @Timeout(value = 4, unit = TimeUnit.MINUTES)
    void ofSeveralNodesEachTaskOfADeadOneGoesToOne() throws Exception {
        NodeProcess a = start("a");
        deploy(a);
        start("b");
        start("c");
        Set<TaskId> tasks = begin(a, "a");
        long killedNs = System.nanoTime();
        a.kill();
        awaitTakeover("a", killedNs);
        awaitEnds(tasks);
        nothingIsLostOrDoubled(tasks);
        Map<String, Integer> counts = endedOn();
        LOG.log(System.Logger.Level.INFO, "the tasks ended on {0}", counts);
        // Who takes how many is a race that a node wins which gets the processor a moment earlier.
        assertThat(counts.keySet()).isSubsetOf("b", "c").isNotEmpty();
    }

    @Test
    @Timeout(value = 4, unit = TimeUnit.MINUTES)
    void aNodeWhoseTransactionIsOpenCannotHoldItsTaskBack() throws Exception {
        NodeProcess a = start("a");
        deploy(a);
        TaskId id = TaskId.create(0, System.currentTimeMillis());
        Path entered = folder.resolve("entered");
        a.start(id, "witness/enter", "", "{\"notes\": \"" + entered + "\"}");
        Await.until(PATIENCE, () -> Files.exists(entered), a::lastWords);
        start("b");
        long stoppedNs = System.nanoTime();
        a.stop();
        awaitTakeover("a", stoppedNs);
        a.goOn();
        awaitEnds(Set.of(id));
        assertThat(query("select 1 from witness.effect")).hasSize(1);
    }

    @Test
    @Tag("long")
    @Timeout(value = 8, unit = TimeUnit.MINUTES)
    void aBusyMachineDoesNotMakeItsNodesLookDead() throws Exception {
        NodeProcess a = start("a");
        deploy(a);
        start("b");
        start("c");
        AtomicBoolean over = new AtomicBoolean();
        int hogs = 4 * Runtime.getRuntime().availableProcessors();
        try (var threads = Executors.newFixedThreadPool(hogs)) {
            for (int i = 0; i < hogs; i++) {
                threads.execute(() -> {
                    while (!over.get()) {
                        Thread.onSpinWait();
                    }
                });
            }
            try {
                long endNs = System.nanoTime() + Duration.ofSeconds(60).toNanos();
                while (System.nanoTime() < endNs) {
                    awaitEnds(begin(a, "a"));
                }
            } finally {
                over.set(true);
            }
        }
        assertThat(query("select name from rowhouse.node where ended_at is not null")).isEmpty();
    }
}
