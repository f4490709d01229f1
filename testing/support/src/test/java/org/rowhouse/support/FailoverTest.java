package org.rowhouse.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.TaskId;

/**
 * The primary dies, or is cut off, while two nodes work, and its synchronous standby takes over.
 * Nothing that was acknowledged is lost, nothing is done twice, no node is held to be dead for it,
 * and work goes on by itself.
 */
class FailoverTest {
    private static final System.Logger LOG = System.getLogger(FailoverTest.class.getName());
    private static final int CLIENTS = 6;
    private static final int NODES = 2;
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final Duration RETRY_PAUSE = Duration.ofMillis(20);

    /** From the promotion's order to the first commit of each node. */
    private static final Duration GOES_ON_WITHIN = Duration.ofSeconds(10);

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path folder;

    private final List<NodeProcess> nodes = new ArrayList<>();
    private final Set<TaskId> probes = new HashSet<>();
    private final List<Duration> times = new ArrayList<>();

    private enum Fate {
        KILLED,
        CUT_OFF
    }

    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void whenThePrimaryIsKilledTheStandbyGoesOnWithAllThatWasAcknowledged() throws Exception {
        story(List.of(Fate.KILLED));
    }

    @Test
    @Tag("long")
    @Timeout(value = 20, unit = TimeUnit.MINUTES)
    void tenFailoversInARowLoseNothingWhetherThePrimaryIsKilledOrCutOff() throws Exception {
        List<Fate> fates = new ArrayList<>();
        for (int round = 0; round < Integer.getInteger("rowhouse.failovers", 10); round++) {
            fates.add(round % 2 == 0 ? Fate.CUT_OFF : Fate.KILLED);
        }
        story(fates);
    }

    @Test
    @Tag("long")
    @Timeout(value = 10, unit = TimeUnit.MINUTES)
    void whileTheStandbyIsAwayNothingIsAcknowledgedAndThenAllGoesOn() throws Exception {
        story((pair, load, notes) -> {
            load.awaitAcknowledged(60);
            pair.killStandby();
            // All clients and both nodes' lives wait; for longer than leases and patience last.
            Await.until(PATIENCE, () -> pair.primary().waiting() > NODES, () -> "nothing waits");
            int acknowledged = load.count();
            LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(20));
            assertThat(load.count()).as("acknowledged starts").isEqualTo(acknowledged);
            pair.primary().goOnAlone();
            load.awaitAcknowledged(acknowledged + 60);
            assertThat(load.refusals()).isEmpty();
        });
    }

    @AfterEach
    void endNodes() {
        nodes.forEach(NodeProcess::close);
    }

    /** What happens to the servers while the clients are at work. */
    private interface Disturbance {
        void disturb(ServerPair pair, Load load, Path notes) throws Exception;
    }

    private void story(List<Fate> fates) throws Exception {
        story((pair, load, notes) -> {
            for (Fate fate : fates) {
                failOver(pair, load, fate, notes);
                if (times.size() < fates.size()) {
                    pair.rebuild();
                }
            }
            report(load);
        });
        assertThat(times)
                .hasSameSizeAs(fates)
                .allSatisfy(time -> assertThat(time).isLessThan(GOES_ON_WITHIN));
    }

    private void story(Disturbance disturbance) throws Exception {
        Optional<DebianPostgres> programs = DebianPostgres.find();
        assumeTrue(programs.isPresent(), "this needs Debian's PostgreSQL");
        letOthersPass();
        Path notes = folder.resolve("notes");
        try (ServerPair pair = ServerPair.start(programs.get(), folder)) {
            startNodes(pair);
            Load load = Load.beginPatiently(door(pair), notes, CLIENTS, new Random(11));
            try (load) {
                disturbance.disturb(pair, load, notes);
            }
            awaitQuiet(pair);
            assertThat(complaints(pair, load, notes)).isEmpty();
            assertThat(column(pair, "select name from rowhouse.node where ended_by = 'lease'"))
                    .as("nodes that were held to be dead though they lived")
                    .isEmpty();
            endNodes(); // before their servers, which each of them would wait for
        } finally {
            endNodes();
            nodes.clear();
        }
    }

    /** The servers' user must be able to reach their folders. */
    private void letOthersPass() throws IOException {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
    }

    private void startNodes(ServerPair pair) throws Exception {
        for (int i = 1; i <= NODES; i++) {
            nodes.add(
                    NodeProcess.start(
                            folder.resolve("node-" + i + ".log"),
                            List.of(),
                            List.of(
                                    folder.resolve("home-" + i).toString(),
                                    pair.url(),
                                    "node-" + i)));
            nodes.getLast().awaitReady(); // one at a time: the first makes the schema
        }
        nodes.getFirst().deploy(Examples.TRANSFERS);
        nodes.getFirst().deploy(Examples.WITNESS);
        nodes.getFirst().deploy(Examples.CENSUS);
        column(pair, "select rowhouse.set_setting('crashes_max', '10000')");
    }

    /** The nodes take turns. */
    private Door door(ServerPair pair) {
        AtomicInteger turn = new AtomicInteger();
        return new Door() {
            @Override
            public NodeProcess node() {
                return nodes.get(Math.floorMod(turn.getAndIncrement(), nodes.size()));
            }

            @Override
            public int bucketOf(String queue) throws SQLException {
                return Integer.parseInt(
                        column(
                                        pair,
                                        "select bucket from rowhouse.queue where name = '"
                                                + queue
                                                + "'")
                                .getFirst());
            }
        };
    }

    private void failOver(ServerPair pair, Load load, Fate fate, Path notes) throws Exception {
        load.awaitAcknowledged(load.count() + 60);
        LOG.log(System.Logger.Level.INFO, "after {0} starts: {1}", load.count(), fate);
        switch (fate) {
            case KILLED -> pair.primary().kill();
            case CUT_OFF -> pair.network().cut();
        }
        FaultProxy oldNetwork = pair.network();
        long promotedNs = System.nanoTime();
        pair.failOver();
        long tookNs = System.nanoTime() - promotedNs;
        for (NodeProcess node : nodes) {
            awaitCommit(node, notes);
        }
        times.add(Duration.ofNanos(System.nanoTime() - promotedNs));
        System.out.printf(
                "%s: promoted in %d ms, every node has committed %d ms after the order to"
                        + " promote%n",
                fate, tookNs / 1_000_000, times.getLast().toMillis());
        // The old primary can be reached again, and still believes that it is the primary.
        oldNetwork.heal();
        load.awaitAcknowledged(load.count() + 60);
    }

    /** A start that is sent after the old primary is out of reach commits on the new one. */
    private void awaitCommit(NodeProcess node, Path notes) {
        TaskId probe = TaskId.create(0, System.currentTimeMillis());
        probes.add(probe);
        Await.until(
                PATIENCE,
                () -> started(node, probe, notes),
                () -> "the node does not go on" + node.lastWords());
    }

    private static boolean started(NodeProcess node, TaskId probe, Path notes) {
        try {
            node.start(probe, "witness/touch", "", "{\"notes\": \"" + notes + "\"}");
            return true;
        } catch (RowhouseException e) {
            LOG.log(System.Logger.Level.INFO, "not yet: {0}", e.getMessage());
            LockSupport.parkNanos(RETRY_PAUSE.toNanos());
            return false;
        }
    }

    private void awaitQuiet(ServerPair pair) {
        String unended =
                "select state || ' ' || function || ' ' || id from rowhouse.task"
                        + " where state in ('ready', 'running', 'waiting') limit 10";
        Await.until(
                PATIENCE,
                () -> column(pair, unended).isEmpty(),
                () -> {
                    try {
                        return "not ended: "
                                + column(pair, unended)
                                + nodes.getFirst().lastWords()
                                + nodes.getLast().lastWords();
                    } catch (SQLException e) {
                        return e.toString();
                    }
                });
    }

    private List<String> complaints(ServerPair pair, Load load, Path notes) throws Exception {
        Set<TaskId> acknowledged = new HashSet<>(load.acknowledged());
        acknowledged.addAll(probes);
        List<String> complaints = new ArrayList<>(load.troubles());
        try (Connection database = pair.primary().connect("rowhouse")) {
            complaints.addAll(Checker.all(Evidence.gather(database, acknowledged, notes)));
        }
        return complaints;
    }

    private static List<String> column(ServerPair pair, String sql) throws SQLException {
        try (Connection connection = pair.primary().connect("rowhouse");
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            List<String> column = new ArrayList<>();
            while (row.next()) {
                column.add(row.getString(1));
            }
            return column;
        }
    }

    private void report(Load load) {
        List<Duration> sorted = times.stream().sorted().toList();
        System.out.printf(
                "%d failovers, %d acknowledged starts, %d refusals; from the order to promote to"
                        + " the first commit of every node: p50 %d ms, longest %d ms%n",
                sorted.size(),
                load.count(),
                load.refusals().size(),
                sorted.get(sorted.size() / 2).toMillis(),
                sorted.getLast().toMillis());
    }
}
