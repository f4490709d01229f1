package org.rowhouse.benchmarks;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.images.Deployments;
import org.rowhouse.node.Rowhouse;
import org.rowhouse.store.Database;
import org.rowhouse.store.DatabaseSettings;
import org.rowhouse.store.Home;
import org.rowhouse.store.Migrations;
import org.rowhouse.store.SqlFile;

/**
 * Workflows that sleep, or wait for a child, hold no thread and next to no memory, and yet are back
 * at once when their time comes. The node is the daemon, in a JVM of its own with the options of
 * this one; its tasks are started by SQL.
 */
final class SleepersBenchmark implements Benchmark {
    private static final int MANY = 100_000;
    private static final int MANY_QUICK = 20_000;

    /** Workflows that are due at one moment. */
    private static final int DUE = 1_000;

    /** Workflows that one statement starts. */
    private static final int BATCH = 5_000;

    private static final double MEMORY_MAX_MB = 600;
    private static final double LATE_MAX_MS = 1_000;

    private static final Duration LONG = Duration.ofDays(2);

    /** From a workflow's start to its time, so that it has been put aside by then. */
    private static final Duration LEAD = Duration.ofSeconds(10);

    private static final Duration POLL = Duration.ofMillis(500);
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    private static final String START = SqlFile.read(SleepersBenchmark.class, "sleepers_start");
    private static final String SETTLED = SqlFile.read(SleepersBenchmark.class, "sleepers_settled");

    private static final String EMPTY =
            "truncate rowhouse.task, rowhouse.task_event, rowhouse.step, rowhouse.task_log";

    /** What a workflow does for long. */
    private enum Way {
        ASLEEP,
        WAITING;

        String function() {
            return name().toLowerCase(Locale.ROOT);
        }

        String words() {
            return this == ASLEEP ? "asleep" : "waiting for a child";
        }
    }

    /** What one kind of workflows is measured by. */
    private record Figures(Figure resident, Figure heap, Figure latest, Figure median) {
        static Figures of(Way way, int count) {
            String many = Numbers.plain(count) + " workflows " + way.words();
            String due = Numbers.plain(DUE) + " due at once of " + many;
            return new Figures(
                    memory(many + ", resident memory of the node", MEMORY_MAX_MB),
                    memory(many + ", heap after a collection", Double.NaN),
                    Figure.latency(due + ", latest", "ms", new Target.AtMost(LATE_MAX_MS)),
                    Figure.latency(due + ", p50", "ms", null));
        }

        private static Figure memory(String name, double most) {
            return new Figure(
                    name, "MB", Better.LOWER, Double.isNaN(most) ? null : new Target.AtMost(most));
        }

        List<Figure> all() {
            return List.of(resident, heap, latest, median);
        }
    }

    @Override
    public String name() {
        return "sleepers";
    }

    @Override
    public String shows() {
        return "100,000 workflows asleep or waiting on one node, in 600 MB, and awake at once.";
    }

    @Override
    public Effort effort(boolean quick) {
        return new Effort(quick ? 1 : 3, LEAD);
    }

    @Override
    public void run(Session session) {
        if (session.options().jfr() != null) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "The node of sleepers is a JVM of its own, which --jfr does not record.");
        }
        int count = session.options().quick() ? MANY_QUICK : MANY;
        prepare(session);
        for (Way way : Way.values()) {
            Figures figures = Figures.of(way, count);
            // Each is asked for, so that the list of all rows is complete.
            long wanted = figures.all().stream().filter(one -> session.wants(one.name())).count();
            if (wanted > 0) {
                measure(session, way, count, figures);
                session.server().execute(EMPTY);
            }
        }
    }

    /** Brings the schema up to date and deploys the component, without a node. */
    private static void prepare(Session session) {
        Path folder = session.folder();
        try (Database database =
                        Database.open(
                                Home.at(folder.resolve("deploy")),
                                DatabaseSettings.server(session.server().url(), System.getenv()));
                Deployments deployments =
                        new Deployments(database, folder.resolve("deploy/components"))) {
            Migrations.apply(database, Rowhouse.MIGRATIONS);
            deployments.deploy(
                    ComponentJar.write(
                            folder.resolve("sleepers.jar"),
                            Sleepers.class,
                            Sleepers.Moment.class,
                            Sleepers.Pause.class));
        }
        Nodes.addQueue(session.server(), Sleepers.QUEUE);
    }

    private static void measure(Session session, Way way, int count, Figures figures) {
        Server server = session.server();
        try (NodeProcess node =
                NodeProcess.start(session.folder().resolve(way.function()), server)) {
            session.say("starting " + Numbers.plain(count) + " workflows: " + way.words());
            long far = Instant.now().plus(LONG).toEpochMilli();
            for (int started = 0; started < count; started += BATCH) {
                server.numbers(START, way.function(), far, Math.min(BATCH, count - started));
            }
            awaitSettled(node, server, way, count);
            add(session, figures.resident, List.of(node.residentBytes() / 1e6));
            add(session, figures.heap, List.of(node.heapAfterCollectionBytes() / 1e6));
            List<Double> latest = new ArrayList<>();
            List<Double> medians = new ArrayList<>();
            for (int round = 1; round <= session.rounds(); round++) {
                List<Double> late = wake(node, server, way);
                latest.add(Collections.max(late));
                medians.add(Numbers.median(late));
                session.say(
                        "round "
                                + round
                                + ": the latest was "
                                + Numbers.plain(latest.getLast())
                                + " ms late");
            }
            add(session, figures.latest, latest);
            add(session, figures.median, medians);
        }
    }

    private static void add(Session session, Figure figure, List<Double> values) {
        if (session.wants(figure.name())) {
            session.add(Row.of(figure, values));
        }
    }

    private static void awaitSettled(NodeProcess node, Server server, Way way, int count) {
        Instant end = Instant.now().plus(PATIENCE);
        while (server.number(SETTLED, way.function()) < count) {
            pause(node, end, "put the workflows aside");
        }
    }

    /** Has workflows be due at one moment; gives how many milliseconds later each had ended. */
    private static List<Double> wake(NodeProcess node, Server server, Way way) {
        long due = Instant.now().plus(LEAD).toEpochMilli();
        server.numbers(START, way.function(), due, DUE);
        String query =
                SqlFile.read(SleepersBenchmark.class, "sleepers_" + way.function() + "_late");
        Instant end = Instant.now().plus(PATIENCE);
        while (true) {
            // Looked at after their time only: the question itself must not be what slows them.
            boolean over = System.currentTimeMillis() > due + 2 * LATE_MAX_MS;
            List<Double> late = over ? server.numbers(query, due) : List.of();
            if (late.size() == DUE) {
                return late;
            }
            pause(node, end, "wake the workflows");
        }
    }

    private static void pause(NodeProcess node, Instant end, String what) {
        node.checkAlive();
        if (Instant.now().isAfter(end)) {
            throw new RowhouseException(
                    ErrorCode.TIMED_OUT,
                    "The node did not " + what + " within " + PATIENCE.toMinutes() + " minutes.");
        }
        try {
            Thread.sleep(POLL);
        } catch (InterruptedException interrupted) {
            throw Nodes.interrupted();
        }
    }
}
