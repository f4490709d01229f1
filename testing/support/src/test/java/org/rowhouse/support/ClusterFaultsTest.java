package org.rowhouse.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.TaskId;

/**
 * Three nodes as processes and the database are killed, stopped and cut off in turn while clients
 * start transfers and other work, a part of which the cluster's scheduler places. Then the checkers
 * are asked: nothing that was acknowledged is lost, nothing is done twice, no money has come or
 * gone, every task's events follow each other as they may, and what conversations say is heard
 * once.
 *
 * <p>How long takeovers took is printed by the kind of fault, and bounded only by patience, since
 * the machine may be busy. A network that duplicates packets is not among the faults, since TCP
 * delivers none twice ({@link FaultProxy}); what does come twice is a request whose answer was
 * lost: {@link Fault#ANSWERS_LOST}.
 *
 * <p>{@code -Drowhouse.faults=PT90S} makes the story shorter than half an hour, {@code
 * -Drowhouse.seed=N} decides what is done to whom, {@code -Drowhouse.only=KILLED,STOPPED} what at
 * all.
 */
@Tag("long")
class ClusterFaultsTest {
    private static final System.Logger LOG = System.getLogger(ClusterFaultsTest.class.getName());
    private static final long SEED = Long.getLong("rowhouse.seed", 20_261_126L);
    private static final Duration STORY =
            Duration.parse(System.getProperty("rowhouse.faults", "PT30M"));

    /** Enough that some are with the other nodes while those that met the victim wait for it. */
    private static final int CLIENTS = 12;

    private static final int NEEDY_PERCENT = 40;
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final Duration RETRY_PAUSE = Duration.ofMillis(20);

    /** How long answers are lost before the connections are reset. */
    private static final Duration LOSS = Duration.ofMillis(300);

    /** How long a network is slow. */
    private static final Duration SLOWNESS = Duration.ofSeconds(6);

    private static final Duration DELAY_MIN = Duration.ofMillis(50);
    private static final Duration DELAY_MAX = Duration.ofMillis(500);
    private static final long BYTES_PER_SECOND_MIN = 10_000;
    private static final long BYTES_PER_SECOND_MAX = 100_000;

    /** What is done; those whose life must end by its lease are fatal. */
    private enum Fault {
        KILLED(true),
        STOPPED(true),
        CUT_OFF(true),
        DATABASE_KILLED(false),
        RESET(false),
        HALF_OPEN(false),
        KILLED_AND_BACK_AT_ONCE(false),
        ANSWERS_LOST(false),
        DELAYED(false),
        CUT_OFF_FROM_WHAT_IS_SENT(true),
        DATABASE_CUT_OFF(false),
        THROTTLED(false),
        CUT_OFF_IN_WHAT_IT_SENDS(true),
        DATABASE_CONNECTION_KILLED(false);

        final boolean fatal;

        Fault(boolean fatal) {
            this.fatal = fatal;
        }

        boolean ofDatabase() {
            return name().startsWith("DATABASE");
        }
    }

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path folder;

    private final Random random = new Random(SEED);
    private final TakeoverTimes times = new TakeoverTimes();
    private final List<String> story = new ArrayList<>();
    private final Set<TaskId> probes = new HashSet<>();
    private final Set<Integer> schedulers = new TreeSet<>();

    @Test
    @Timeout(value = 90, unit = TimeUnit.MINUTES)
    void nothingIsLostOrDoubledWhateverIsKilledStoppedOrCutOff() throws Exception {
        System.out.printf("seed %d, for %s%n", SEED, STORY);
        Path notes = folder.resolve("notes");
        try (Trio trio = Trio.start(folder, Examples.OF_LOAD)) {
            trio.node(0).deploy(Examples.TALK);
            for (String each : Receivers.PREPARATION) {
                run(trio, each);
            }
            for (int i = 0; i < Trio.NODES; i++) {
                trio.node(i).receive();
            }
            // Here the tasks do not kill the node: none of them shall be suspected and parked.
            trio.query("select rowhouse.set_setting('crashes_max', '10000')");
            Load load = Load.beginPatiently(trio, notes, CLIENTS, random, NEEDY_PERCENT);
            try (load) {
                long endNs = System.nanoTime() + STORY.toNanos();
                for (int i = 0; System.nanoTime() < endNs && load.troubles().isEmpty(); i++) {
                    load.awaitAcknowledged(load.count() + 20 + random.nextInt(40));
                    Fault[] all = faults();
                    // In turn first: each is done to each node before chance rules.
                    boolean inTurn = i < all.length * Trio.NODES;
                    Fault fault = all[inTurn ? i % all.length : random.nextInt(all.length)];
                    int victim =
                            inTurn
                                    ? (i % all.length + i / all.length) % Trio.NODES
                                    : random.nextInt(Trio.NODES);
                    story.add(fault + (fault.ofDatabase() ? "" : " " + Trio.name(victim)));
                    LOG.log(System.Logger.Level.INFO, "{0}: {1}", i + 1, story.getLast());
                    suffer(trio, fault, victim, notes);
                }
            }
            trio.awaitQuiet(PATIENCE);
            awaitArrivals(trio);
            report(trio, load);
            assertThat(complaints(trio, load, notes)).as(this::replay).isEmpty();
        }
    }

    private static void run(Trio trio, String statement) throws SQLException {
        try (Connection database = trio.connect();
                Statement running = database.createStatement()) {
            running.execute(statement);
        }
    }

    private static void awaitArrivals(Trio trio) throws SQLException {
        try (Connection database = trio.connect()) {
            Await.until(
                    PATIENCE,
                    () -> MessageEvidence.left(database).isEmpty(),
                    () -> "messages are still on their way" + trio.node(0).lastWords());
        }
    }

    private static Fault[] faults() {
        String only = System.getProperty("rowhouse.only");
        return only == null
                ? Fault.values()
                : Stream.of(only.split(",")).map(Fault::valueOf).toArray(Fault[]::new);
    }

    private String replay() {
        return "seed " + SEED + ": " + story + "; replay by -Drowhouse.seed=" + SEED;
    }

    /** One fault from its beginning until the cluster works again, and what became of it. */
    private void suffer(Trio trio, Fault fault, int victim, Path notes) throws Exception {
        int life = trio.life(victim);
        schedulers.add(trio.scheduler());
        long sinceNs = System.nanoTime();
        begin(trio, fault, victim);
        Duration noticed = null;
        Duration elsewhere = null;
        if (fault.fatal) {
            Trio.Held held = trio.held(life);
            Await.until(
                    PATIENCE,
                    () -> trio.heldToBeDead(life),
                    () -> Trio.name(victim) + " is not held to be dead");
            noticed = Duration.ofNanos(System.nanoTime() - sinceNs);
            Await.until(
                    PATIENCE,
                    () -> trio.notYetElsewhere(held).isEmpty(),
                    () -> "its tasks do not run elsewhere: " + left(trio, held));
            elsewhere = Duration.ofNanos(System.nanoTime() - sinceNs);
            // Now and then it is back while the others are still busy with its tasks.
            LockSupport.parkNanos(random.nextLong(Duration.ofSeconds(1).toNanos()));
        } else if (fault == Fault.DELAYED || fault == Fault.THROTTLED) {
            LockSupport.parkNanos(SLOWNESS.toNanos());
        } else if (fault == Fault.DATABASE_CUT_OFF) {
            LockSupport.parkNanos(random.nextLong(SLOWNESS.toNanos()));
        }
        long overNs = System.nanoTime();
        end(trio, fault, victim);
        for (int i = 0; i < Trio.NODES; i++) {
            if (fault.ofDatabase() || i == victim) {
                awaitCommit(trio, i, notes);
            }
        }
        Duration works = Duration.ofNanos(System.nanoTime() - overNs);
        boolean dead = trio.heldToBeDead(life);
        times.add(fault.toString(), dead, noticed, elsewhere, works);
    }

    private static String left(Trio trio, Trio.Held held) {
        try {
            return trio.notYetElsewhere(held).toString();
        } catch (SQLException e) {
            return e.toString();
        }
    }

    private void begin(Trio trio, Fault fault, int victim) {
        NodeProcess node = trio.node(victim);
        FaultProxy network = trio.network(victim);
        switch (fault) {
            case KILLED, KILLED_AND_BACK_AT_ONCE -> node.kill();
            case STOPPED -> node.stop();
            case CUT_OFF -> network.cut();
            case CUT_OFF_IN_WHAT_IT_SENDS -> network.cut(FaultProxy.Direction.TO_SERVER);
            case CUT_OFF_FROM_WHAT_IS_SENT -> network.cut(FaultProxy.Direction.TO_CLIENT);
            case RESET -> network.reset();
            case HALF_OPEN -> network.forget();
            case DELAYED ->
                    network.delay(
                            Duration.ofMillis(
                                    random.nextLong(DELAY_MIN.toMillis(), DELAY_MAX.toMillis())));
            case THROTTLED ->
                    network.throttle(random.nextLong(BYTES_PER_SECOND_MIN, BYTES_PER_SECOND_MAX));
            case ANSWERS_LOST -> {
                network.cut(FaultProxy.Direction.TO_CLIENT);
                LockSupport.parkNanos(LOSS.toNanos());
                network.reset();
            }
            case DATABASE_KILLED -> Cluster.kill(Cluster.postmaster(trio.home()));
            case DATABASE_CONNECTION_KILLED -> Cluster.killConnection(trio.home(), random);
            case DATABASE_CUT_OFF -> {
                for (int i = 0; i < Trio.NODES; i++) {
                    trio.network(i).cut();
                }
            }
        }
    }

    private static void end(Trio trio, Fault fault, int victim) throws Exception {
        switch (fault) {
            case KILLED, KILLED_AND_BACK_AT_ONCE -> {
                trio.startNode(victim);
                trio.node(victim).receive();
            }
            case STOPPED -> trio.node(victim).goOn();
            default -> {
                for (int i = 0; i < Trio.NODES; i++) {
                    trio.network(i).heal();
                }
            }
        }
    }

    /** A start that is sent to the node now is acknowledged. */
    private void awaitCommit(Trio trio, int number, Path notes) {
        TaskId probe = TaskId.create(0, System.currentTimeMillis());
        probes.add(probe);
        Await.until(
                PATIENCE,
                () -> started(trio.node(number), probe, notes),
                () -> Trio.name(number) + " does not go on" + trio.node(number).lastWords());
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

    private List<String> complaints(Trio trio, Load load, Path notes) throws Exception {
        Set<TaskId> acknowledged = new HashSet<>(load.acknowledged());
        acknowledged.addAll(probes);
        List<String> complaints = new ArrayList<>(load.troubles());
        try (Connection database = trio.connect()) {
            complaints.addAll(Checker.all(Evidence.gather(database, acknowledged, notes)));
            Path nobody = folder.resolve("no-client-sends");
            complaints.addAll(MessageChecker.all(MessageEvidence.gather(database, nobody)));
        }
        return complaints;
    }

    private void report(Trio trio, Load load) throws SQLException {
        System.out.printf(
                "seed %d: %d faults, %d acknowledged starts, %d refusals, %s tasks that needed"
                        + " cores (%s of them saw a node die), scheduler:"
                        + " lives %s%n%s",
                SEED,
                story.size(),
                load.count(),
                load.refusals().size(),
                count(trio, "need is not null"),
                count(trio, "need is not null and crashes > 0"),
                schedulers,
                times);
    }

    private static String count(Trio trio, String which) throws SQLException {
        return trio.query("select count(*) from rowhouse.task where " + which).getFirst();
    }
}
