package org.rowhouse.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.rowhouse.api.RowhouseException;

/**
 * Messages while everybody is killed: a client that sends, two nodes that receive for groups, a
 * mailbox and workflows, and the database. Each is killed, or stopped, or loses its answers, at
 * each {@link MessagePoint} of sending, delivering, handling and acknowledging, and at random
 * moments. Then {@link MessageChecker} is asked: nothing that was acknowledged is lost, and nothing
 * is handled twice.
 *
 * <p>{@code -Drowhouse.seed=N} decides what is done to whom, {@code -Drowhouse.messages=PT2M} how
 * long the long story lasts.
 */
class MessageCrashTest {
    private static final System.Logger LOG = System.getLogger(MessageCrashTest.class.getName());
    private static final long SEED = Long.getLong("rowhouse.seed", 20_261_127L);
    private static final Duration STORY =
            Duration.parse(System.getProperty("rowhouse.messages", "PT20M"));
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    /** The node that is the client; the others receive. */
    private static final int CLIENT = Trio.NODES - 1;

    /** How long answers are lost before the connections are reset. */
    private static final Duration LOSS = Duration.ofMillis(200);

    /** What becomes of the one who was held at a point, or at a random moment. */
    private enum Ending {
        /** Its server process goes on with what it was told, and nobody hears of it. */
        KILLED,
        /** Its server process dies with it, and what was not committed is gone. */
        KILLED_WITH_CONNECTION,
        DATABASE_KILLED,
        ANSWER_LOST,
        /** It goes on when others have its work. */
        STOPPED
    }

    /** Endings in turn, the slow ones seldom: a node takes seconds to start, a lease to end. */
    private static final List<Ending> QUICK =
            List.of(
                    Ending.KILLED,
                    Ending.DATABASE_KILLED,
                    Ending.ANSWER_LOST,
                    Ending.KILLED_WITH_CONNECTION,
                    Ending.DATABASE_KILLED,
                    Ending.ANSWER_LOST,
                    Ending.DATABASE_KILLED,
                    Ending.ANSWER_LOST);

    /** What is done when; a moment without a point is a random one. */
    private record Blow(Ending ending, MessagePoint point, MessagePoint.When when) {
        @Override
        public String toString() {
            return ending + (point == null ? " at random" : " at " + point + "'s " + when);
        }
    }

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path folder;

    private final Random random = new Random(SEED);
    private final List<String> story = new ArrayList<>();
    private final List<CompletableFuture<Void>> back =
            new ArrayList<>(
                    Collections.nCopies(Trio.NODES, CompletableFuture.completedFuture(null)));
    private Trio trio;
    private Path acknowledged;

    /** Each point once, in its statement or its commit. */
    @Test
    @Timeout(value = 10, unit = TimeUnit.MINUTES)
    void nothingIsLostOrHandledTwiceWhereverSomeoneDies() throws Exception {
        List<MessagePoint> points = new ArrayList<>(List.of(MessagePoint.values()));
        Collections.shuffle(points, random);
        List<Blow> blows = new ArrayList<>();
        for (MessagePoint point : points) {
            Ending ending = QUICK.get(blows.size() % QUICK.size());
            blows.add(new Blow(ending, point, any(MessagePoint.When.values())));
        }
        blows.add(new Blow(Ending.KILLED, MessagePoint.POST, MessagePoint.When.COMMIT));
        blows.add(new Blow(Ending.DATABASE_KILLED, null, null));
        blows.add(new Blow(Ending.STOPPED, MessagePoint.ACKNOWLEDGE, MessagePoint.When.STATEMENT));
        survives(blows.stream());
    }

    /** Each ending at each point, in its statement and in its commit; then what chance brings. */
    @Test
    @Tag("long")
    @Timeout(value = 90, unit = TimeUnit.MINUTES)
    void nothingIsLostOrHandledTwiceForLong() throws Exception {
        List<Blow> blows = new ArrayList<>();
        for (Ending ending : Ending.values()) {
            for (MessagePoint point : MessagePoint.values()) {
                for (MessagePoint.When when : MessagePoint.When.values()) {
                    blows.add(new Blow(ending, point, when));
                }
            }
        }
        Collections.shuffle(blows, random);
        long endNs = System.nanoTime() + STORY.toNanos();
        survives(
                Stream.concat(blows.stream(), Stream.generate(this::any))
                        .takeWhile(_ -> System.nanoTime() < endNs));
    }

    private Blow any() {
        Ending ending = any(Ending.values());
        return random.nextInt(3) == 0
                ? new Blow(ending, null, null)
                : new Blow(ending, any(MessagePoint.values()), any(MessagePoint.When.values()));
    }

    private <T> T any(T[] values) {
        return values[random.nextInt(values.length)];
    }

    private void survives(Stream<Blow> blows) throws Exception {
        System.out.printf("seed %d%n", SEED);
        acknowledged = folder.resolve("acknowledged");
        try (Trio started = Trio.start(folder, List.of(Examples.TALK))) {
            trio = started;
            prepare();
            for (int i = 0; i < Trio.NODES; i++) {
                play(i);
            }
            for (Blow blow : (Iterable<Blow>) blows::iterator) {
                story.add(blow.toString());
                strike(blow);
                LOG.log(System.Logger.Level.INFO, "{0}: {1}", story.size(), story.getLast());
            }
            back.forEach(CompletableFuture::join);
            trio.node(CLIENT).rest();
            awaitArrivals();
            check();
        }
    }

    private void prepare() throws SQLException {
        try (Connection database = trio.connect();
                Statement statement = database.createStatement()) {
            // Here the tasks do not kill the node: none of them shall be suspected and parked.
            statement.execute("select rowhouse.set_setting('crashes_max', '10000')");
            for (String each : Receivers.PREPARATION) {
                statement.execute(each);
            }
            MessagePoint.plant(database);
        }
    }

    /** Gives a process its part. */
    private void play(int number) {
        NodeProcess node = trio.node(number);
        if (number == CLIENT) {
            node.send(acknowledged);
        } else {
            node.receive();
        }
    }

    private void strike(Blow blow) throws Exception {
        if (blow.point == null) {
            LockSupport.parkNanos(random.nextLong(Duration.ofMillis(500).toNanos()));
            end(blow.ending, random.nextInt(Trio.NODES), () -> {});
            return;
        }
        try (Connection database = trio.connect()) {
            blow.point.close(database, blow.when);
            MessagePoint.Waiter waiter = blow.point.awaitWaiter(database, blow.when);
            int victim = Integer.parseInt(waiter.node().substring(waiter.node().indexOf('-') + 1));
            story.set(story.size() - 1, blow + " on " + waiter.node());
            if (blow.ending == Ending.DATABASE_KILLED) {
                end(blow.ending, victim, () -> {}); // and with it the lock
            } else {
                end(
                        blow.ending,
                        victim,
                        () -> {
                            if (blow.ending == Ending.KILLED_WITH_CONNECTION) {
                                waiter.end(database);
                            }
                            blow.point.open(database, blow.when);
                        });
            }
        }
    }

    private interface Opening {
        void open() throws SQLException;
    }

    /** What becomes of the victim; {@code opening} lets its server process go on. */
    private void end(Ending ending, int victim, Opening opening) throws Exception {
        back.get(victim).join();
        NodeProcess node = trio.node(victim);
        switch (ending) {
            case KILLED, KILLED_WITH_CONNECTION -> {
                node.kill();
                opening.open();
                back.set(victim, CompletableFuture.runAsync(() -> startAgain(victim)));
            }
            case DATABASE_KILLED -> Cluster.kill(Cluster.postmaster(trio.home()));
            case ANSWER_LOST -> {
                trio.network(victim).cut(FaultProxy.Direction.TO_CLIENT);
                opening.open();
                LockSupport.parkNanos(LOSS.toNanos());
                trio.network(victim).reset();
                trio.network(victim).heal();
            }
            case STOPPED -> {
                int life = trio.life(victim);
                node.stop();
                opening.open();
                Await.until(
                        PATIENCE,
                        () -> trio.heldToBeDead(life),
                        () -> Trio.name(victim) + " is not held to be dead");
                LockSupport.parkNanos(random.nextLong(Duration.ofSeconds(1).toNanos()));
                node.goOn();
            }
        }
    }

    /** A start that meets a dying database ends, and is repeated, as a service manager does. */
    private void startAgain(int victim) {
        Await.until(
                PATIENCE,
                () -> {
                    try {
                        trio.startNode(victim);
                        play(victim);
                        return true;
                    } catch (IllegalStateException | NodeProcess.Died | RowhouseException e) {
                        trio.node(victim).kill();
                        return false;
                    }
                },
                () -> Trio.name(victim) + " does not start" + trio.node(victim).lastWords());
    }

    private void awaitArrivals() {
        List<String> left = new ArrayList<>();
        Await.until(
                PATIENCE,
                () -> {
                    left.clear();
                    try (Connection database = trio.connect()) {
                        left.addAll(MessageEvidence.left(database));
                    }
                    return left.isEmpty();
                },
                () ->
                        replay()
                                + left.subList(0, Math.min(left.size(), 20))
                                + trio.node(0).lastWords()
                                + trio.node(1).lastWords()
                                + trio.node(2).lastWords());
    }

    private void check() throws SQLException {
        try (Connection database = trio.connect()) {
            MessageEvidence evidence = MessageEvidence.gather(database, acknowledged);
            System.out.printf(
                    "%d blows; acknowledged: %d messages, %d mails, %d conversations;"
                            + " handled %d times, %d dead letters%n",
                    story.size(),
                    evidence.published().size(),
                    evidence.mailed().size(),
                    evidence.started().size(),
                    evidence.handled().size(),
                    evidence.dead().size());
            assertThat(MessageChecker.all(evidence)).as(this::replay).isEmpty();
            assertThat(evidence.dead()).as(this::replay).isEmpty();
            assertThat(evidence.mailed()).isNotEmpty();
            assertThat(evidence.published()).isNotEmpty();
            assertThat(evidence.started()).isNotEmpty();
        }
    }

    private String replay() {
        return "seed " + SEED + ": " + story + "; replay by -Drowhouse.seed=" + SEED + "\n";
    }
}
