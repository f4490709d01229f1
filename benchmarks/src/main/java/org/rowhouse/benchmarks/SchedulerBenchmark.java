package org.rowhouse.benchmarks;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.Need;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.StartOptions;
import org.rowhouse.node.Rowhouse;
import org.rowhouse.store.SqlFile;
import org.rowhouse.tasks.Tasks;

/**
 * The scheduler of a cluster: tasks that are recorded, placed on one of three workers by the policy
 * in force, and claimed for it, all durable, by the path that any start takes. The workers are rows
 * whose machines are never done: what is measured is the assignment, not the work. Then what the
 * scheduler's memory takes for one task, by the number of ready tasks and of nodes. First of all
 * come three nodes that really compute: {@link BalanceWorkload}.
 */
final class SchedulerBenchmark implements Benchmark {
    private static final int SET = 256;
    private static final int CALLERS = 8;
    private static final int WORKERS = 3;
    private static final long TICK_NS = 1_000_000;
    private static final int SETS_ON_THEIR_WAY_MAX = 2_000;
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final StartOptions OPTIONS = StartOptions.DIRECT.need(Need.cores(1));

    private static final String WORKER = SqlFile.read(SchedulerBenchmark.class, "worker");
    private static final String RENEW = SqlFile.read(SchedulerBenchmark.class, "renew-workers");
    private static final String RENEW_POLICY =
            SqlFile.read(SchedulerBenchmark.class, "renew-policy");
    private static final String CLEAR = SqlFile.read(SchedulerBenchmark.class, "clear-tasks");

    /** Rate of the closed loop, by which the open ones are measured. */
    private final AtomicReference<Double> fastest = new AtomicReference<>(0.0);

    @Override
    public String name() {
        return "scheduler";
    }

    @Override
    public String shows() {
        return "Durable assignments (insert, place, claim), how evenly nodes compute, and what a"
                + " pick and a placement cost by the number of tasks and nodes.";
    }

    /** The component whose tasks are assigned; none of them ever runs. */
    public static final class Work {
        /** Gives back what it gets. */
        @org.rowhouse.api.Function
        public Value nothing(Value input) {
            return input;
        }
    }

    @Override
    public void run(Session session) {
        Server server = session.server();
        if (BalanceWorkload.run(session)) {
            server.execute(CLEAR);
        }
        try (Rowhouse node = Nodes.open(server, session.folder());
                ScheduledExecutorService renewals = Executors.newSingleThreadScheduledExecutor()) {
            node.register(Nodes.COMPONENT, new Work());
            server.execute("select rowhouse.cordon_node('benchmark')");
            for (int worker = 1; worker <= WORKERS; worker++) {
                server.execute(WORKER, "worker-" + worker);
            }
            var _ =
                    renewals.scheduleAtFixedRate(
                            () -> server.execute(RENEW), 500, 500, TimeUnit.MILLISECONDS);
            server.execute("select pg_notify('rowhouse', 'nodes')");
            awaitWorkers(node);
            new Contest<>(session, new Side<>("Rowhouse", new Cluster(server, node)), null)
                    .run(List.of(new Closed(), new Open(0.1), new Open(0.5), new Open(0.9)));
            renewals.shutdownNow();
        }
        curves(session);
    }

    private static void awaitWorkers(Rowhouse node) {
        long endNs = System.nanoTime() + PATIENCE.toNanos();
        while (node.scheduler().nodes() != WORKERS) {
            if (System.nanoTime() - endNs > 0) {
                throw new RowhouseException(
                        ErrorCode.INTERNAL,
                        "The scheduler knows "
                                + node.scheduler().nodes()
                                + " nodes instead of the "
                                + WORKERS
                                + " workers.");
            }
            LockSupport.parkNanos(1_000_000);
        }
    }

    /** A node in office and its database. */
    private record Cluster(Server server, Rowhouse node) {
        void start(int count) {
            List<String> inputs = Collections.nCopies(count, "{\"value\":1}");
            Tasks.Request like =
                    new Tasks.Request(
                            Nodes.COMPONENT, null, "nothing", "null", OPTIONS, "benchmark", null);
            node.tasks().startAll(like, inputs);
        }

        /** Forgets all tasks, so that each turn begins alike, and checks that each was assigned. */
        void clear() {
            long unassigned =
                    server.number(
                            "select count(*) from rowhouse.task where state <> 'running' or node is"
                                    + " null");
            if (unassigned > 0) {
                throw new RowhouseException(
                        ErrorCode.INTERNAL, unassigned + " tasks were not assigned.");
            }
            server.execute(CLEAR);
            server.execute(RENEW_POLICY);
            long endNs = System.nanoTime() + PATIENCE.toNanos();
            while ((node.scheduler().placed() > 0 || node.scheduler().nodes() != WORKERS)
                    && System.nanoTime() - endNs < 0) {
                LockSupport.parkNanos(1_000_000);
            }
        }
    }

    /** As many as it can: callers that each start one set after the other. */
    private final class Closed implements Workload<Cluster> {
        @Override
        public List<Figure> figures() {
            return List.of(
                    Figure.rate("assignments, sets of 256", "tasks/s", new Target.AtLeast(60_000)),
                    Figure.latency("assignments, sets of 256, p50", "ms", null),
                    Figure.latency("assignments, sets of 256, p99", "ms", null));
        }

        @Override
        public List<Double> measure(Cluster cluster, Duration time) {
            Load.Result result = Load.run(CALLERS, time, _ -> cluster.start(SET));
            cluster.clear();
            double rate = result.perSecond() * SET;
            fastest.accumulateAndGet(rate, Math::max);
            return List.of(rate, result.latencyMs(50), result.latencyMs(99));
        }
    }

    /** Tasks that arrive at a part of that rate, a set each millisecond, whoever is late. */
    private final class Open implements Workload<Cluster> {
        private final double part;

        Open(double part) {
            this.part = part;
        }

        @Override
        public List<Figure> figures() {
            String name = "assignment at %.0f %% of that".formatted(part * 100);
            return List.of(
                    Figure.latency(name + ", p50", "ms", null),
                    Figure.latency(name + ", p99", "ms", null));
        }

        @Override
        public List<Double> measure(Cluster cluster, Duration time) {
            Histogram latencies = arrive(cluster, fastest.get() * part, time);
            cluster.clear();
            return List.of(
                    latencies.getValueAtPercentile(50) / 1e6,
                    latencies.getValueAtPercentile(99) / 1e6);
        }
    }

    private static Histogram arrive(Cluster cluster, double perSecond, Duration time) {
        var latencies = new ConcurrentHistogram(Duration.ofMinutes(10).toNanos(), 3);
        var failure = new AtomicReference<@Nullable RuntimeException>();
        var onTheirWay = new java.util.concurrent.Semaphore(SETS_ON_THEIR_WAY_MAX);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            long beganNs = System.nanoTime();
            long ticks = time.toNanos() / TICK_NS;
            double owed = 0;
            for (long tick = 0; tick < ticks && failure.get() == null; tick++) {
                long dueNs = beganNs + tick * TICK_NS;
                LockSupport.parkNanos(dueNs - System.nanoTime());
                owed += perSecond * TICK_NS / 1e9;
                int count = (int) owed;
                owed -= count;
                if (count > 0) {
                    onTheirWay.acquireUninterruptibly();
                    threads.execute(() -> {
                        try {
                            cluster.start(count);
                            long tookNs = System.nanoTime() - dueNs;
                            latencies.recordValueWithCount(Math.max(tookNs, 0), count);
                        } catch (RuntimeException e) {
                            failure.set(e);
                        } finally {
                            onTheirWay.release();
                        }
                    });
                }
            }
        }
        RuntimeException failed = failure.get();
        if (failed != null) {
            throw failed;
        }
        return latencies;
    }

    // Memory alone
    // ---------------------------------------------------------------------------------

    private static void curves(Session session) {
        curve(
                session,
                "pick and enqueue, %s ready tasks",
                List.of(1_000, 10_000, 100_000, 1_000_000),
                new Target.AtMost(150),
                1.3,
                PlacementTimes::pickAndAddNs);
        for (String policy : List.of("least-loaded", "best-fit", "fgd")) {
            curve(
                    session,
                    "placement, " + policy + ", %s nodes",
                    List.of(10, 100, 1_000, 10_000),
                    null,
                    1.2,
                    nodes -> PlacementTimes.placeNs(nodes, policy));
        }
    }

    /** One row for each size, and one for how much the largest costs beside the smallest. */
    private static void curve(
            Session session,
            String name,
            List<Integer> sizes,
            @Nullable Target target,
            double timesMost,
            java.util.function.IntToDoubleFunction measure) {
        List<Figure> figures = new ArrayList<>();
        sizes.forEach(size ->
                figures.add(Figure.latency(name.formatted("%,d".formatted(size)), "ns", target)));
        Figure ratio =
                Figure.latency(
                        name.formatted("most beside fewest"), "x", new Target.AtMost(timesMost));
        long wanted = figures.stream().filter(figure -> session.wants(figure.name())).count();
        if (!session.wants(ratio.name()) && wanted == 0) {
            return;
        }
        List<List<Double>> rounds = new ArrayList<>();
        figures.forEach(_ -> rounds.add(new ArrayList<>()));
        List<Double> ratios = new ArrayList<>();
        for (int round = 0; round < session.rounds(); round++) {
            for (int i = 0; i < sizes.size(); i++) {
                rounds.get(i).add(measure.applyAsDouble(sizes.get(i)));
            }
            ratios.add(rounds.getLast().getLast() / rounds.getFirst().getLast());
        }
        for (int i = 0; i < sizes.size(); i++) {
            session.add(Row.of(figures.get(i), rounds.get(i)));
        }
        session.add(Row.of(ratio, ratios));
    }
}
