package org.rowhouse.benchmarks;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.rowhouse.store.SqlFile;

/**
 * What many nodes cost the one database that they share: their heartbeats, their looks for work,
 * their signals and their connections. The nodes are whole ones, each with its lanes and its life,
 * inside this program; what their JVMs would cost is not measured, what the server's processes cost
 * is. Last come a thousand connections that do what idle nodes do: listen, renew a lease each twice
 * a second, and look for work.
 */
final class NodesBenchmark implements Benchmark {
    private static final List<Integer> COUNTS = List.of(10, 100, 200);
    private static final List<Integer> COUNTS_QUICK = List.of(10, 50);

    /**
     * Nodes that only renew their leases and look for work: what so many whole ones need besides,
     * this program would take from the server.
     */
    private static final int HEARTS = 1_000;

    private static final int HEARTS_QUICK = 200;
    private static final int HEART_THREADS = 16;
    private static final int BEATS_OF_A_HEART = 2;
    private static final int SECONDS_PER_LOOK = 5;
    private static final String HEARTS_QUEUE = "hearts";
    private static final String HEART_TASKS = SqlFile.read(NodesBenchmark.class, "heart_tasks");

    /** Tasks a second, for all nodes together, that make them busy. */
    private static final int TASKS_PER_SECOND = 100;

    /** Heartbeats of the probe in a second. */
    private static final int BEATS_PER_SECOND = 20;

    /** Well below the lease. */
    private static final double BEAT_MAX_MS = 1_000;

    private static final long HISTOGRAM_MAX_NS = Duration.ofMinutes(2).toNanos();

    @Override
    public String name() {
        return "nodes";
    }

    @Override
    public String shows() {
        return "A thousand nodes on one database: the load that they make by being there.";
    }

    @Override
    public Effort effort(boolean quick) {
        return new Effort(1, Duration.ofSeconds(quick ? 5 : 20));
    }

    @Override
    public int connections(boolean quick) {
        return Math.max(Fleet.CONNECTIONS_PER_NODE * counts(quick).getLast(), hearts(quick)) + 200;
    }

    private static int hearts(boolean quick) {
        return quick ? HEARTS_QUICK : HEARTS;
    }

    private static List<Integer> counts(boolean quick) {
        return quick ? COUNTS_QUICK : COUNTS;
    }

    @Override
    public void run(Session session) {
        List<Integer> counts = counts(session.options().quick());
        try (Fleet fleet = new Fleet(session.server(), session.folder().resolve("nodes"))) {
            for (int count : counts) {
                session.say("opening nodes, up to " + count);
                fleet.growTo(count);
                // Their first seconds are not those that count.
                LockSupport.parkNanos(session.time().toNanos() / 4);
                measure(session, fleet, 0);
                measure(session, fleet, TASKS_PER_SECOND);
                memory(session, fleet);
            }
        }
        hearts(session, hearts(session.options().quick()));
    }

    /**
     * What the idle nodes of a large cluster do: renew their leases twice a second, and look for
     * work every five seconds, while a set of tasks becomes ready each second. Few threads see to
     * that, since waiting is most of what they do.
     */
    private static void hearts(Session session, int count) {
        Server server = session.server();
        server.execute("select rowhouse.set_queue(?)", HEARTS_QUEUE);
        List<Heart> hearts = new ArrayList<>();
        Beating beating = new Beating();
        List<Pace> paces = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                Heart heart = new Heart(server);
                hearts.add(heart);
                heart.beatNs(); // connects
            }
            ServerMeter.Reading before = ServerMeter.read(server);
            long fromNs = System.nanoTime();
            beating.begin(server, hearts, paces);
            LockSupport.parkNanos(session.time().toNanos());
            paces.forEach(Pace::check);
            double seconds = (System.nanoTime() - fromNs) / 1e9;
            ServerMeter.Reading after = ServerMeter.read(server);
            String what = count + " nodes' heartbeats and claims";
            List<Row> rows = new ArrayList<>();
            row(rows, what + ": leases renewed", "/s", beating.beats.getTotalCount() / seconds);
            row(rows, what + ": looks for work", "/s", beating.claims.getTotalCount() / seconds);
            row(rows, what + ": tasks claimed", "/s", beating.claimed.get() / seconds);
            if (after.seesProcesses()) {
                row(
                        rows,
                        what + ": the server's processors",
                        "cores",
                        after.cpuSince(before) / seconds);
            }
            row(rows, what + ": look, p50", "ms", ms(beating.claims, 50));
            row(rows, what + ": look, p99", "ms", ms(beating.claims, 99));
            row(rows, what + ": heartbeat, p50", "ms", ms(beating.beats, 50));
            rows.add(
                    Row.of(
                            Figure.latency(
                                    what + ": heartbeat, p99",
                                    "ms",
                                    new Target.AtMost(BEAT_MAX_MS)),
                            List.of(ms(beating.beats, 99))));
            add(session, rows);
        } finally {
            paces.forEach(Pace::close);
            hearts.forEach(Heart::close);
        }
    }

    /** What hearts do together, and how long it takes them. */
    private static final class Beating {
        final Histogram beats = new ConcurrentHistogram(HISTOGRAM_MAX_NS, 3);
        final Histogram claims = new ConcurrentHistogram(HISTOGRAM_MAX_NS, 3);
        final AtomicInteger claimed = new AtomicInteger();
        private final AtomicInteger beat = new AtomicInteger();
        private final AtomicInteger look = new AtomicInteger();

        /** Threads take any heart that is due; a heart is busy in one thread at a time. */
        void begin(Server server, List<Heart> hearts, List<Pace> paces) {
            for (int thread = 0; thread < HEART_THREADS; thread++) {
                paces.add(
                        Pace.begin(
                                BEATS_OF_A_HEART * hearts.size() / HEART_THREADS,
                                () -> beats.recordValue(next(hearts, beat).beatNs())));
            }
            long bucket = server.number("select rowhouse.home_of(?)", HEARTS_QUEUE);
            int perLook = Math.ceilDiv(TASKS_PER_SECOND * SECONDS_PER_LOOK, hearts.size());
            paces.add(
                    Pace.begin(
                            hearts.size() / SECONDS_PER_LOOK,
                            () -> look(next(hearts, look), bucket, perLook)));
            paces.add(
                    Pace.begin(
                            1, () -> server.execute(HEART_TASKS, HEARTS_QUEUE, TASKS_PER_SECOND)));
        }

        private void look(Heart heart, long bucket, int most) {
            long beganNs = System.nanoTime();
            claimed.addAndGet(heart.claim(HEARTS_QUEUE, bucket, most));
            claims.recordValue(System.nanoTime() - beganNs);
        }

        private static Heart next(List<Heart> hearts, AtomicInteger turn) {
            return hearts.get(Math.floorMod(turn.getAndIncrement(), hearts.size()));
        }
    }

    private static void measure(Session session, Fleet fleet, int tasksPerSecond) {
        String what =
                fleet.size()
                        + (tasksPerSecond == 0
                                ? " idle nodes"
                                : " nodes, " + tasksPerSecond + " tasks/s");
        Histogram beats = new ConcurrentHistogram(HISTOGRAM_MAX_NS, 3);
        ServerMeter.Reading before = ServerMeter.read(session.server());
        long fromNs = System.nanoTime();
        try (Heart heart = new Heart(session.server());
                Pace beating =
                        Pace.begin(BEATS_PER_SECOND, () -> beats.recordValue(heart.beatNs()));
                Pace starting = Pace.begin(tasksPerSecond, fleet::startTask)) {
            LockSupport.parkNanos(session.time().toNanos());
            beating.check();
            starting.check();
        }
        double seconds = (System.nanoTime() - fromNs) / 1e9;
        ServerMeter.Reading after = ServerMeter.read(session.server());
        Histogram waits = fleet.takeWaits();
        List<Row> rows = new ArrayList<>();
        row(rows, what + ": transactions", "/s", after.transactionsSince(before) / seconds);
        if (after.seesProcesses()) {
            row(
                    rows,
                    what + ": the server's processors",
                    "cores",
                    after.cpuSince(before) / seconds);
        }
        row(rows, what + ": heartbeat, p50", "ms", beats.getValueAtPercentile(50) / 1e6);
        rows.add(
                Row.of(
                        Figure.latency(
                                what + ": heartbeat, p99", "ms", new Target.AtMost(BEAT_MAX_MS)),
                        List.of(beats.getValueAtPercentile(99) / 1e6)));
        if (tasksPerSecond > 0) {
            row(rows, what + ": tasks that ran", "/s", waits.getTotalCount() / seconds);
            row(rows, what + ": from start to run, p50", "ms", ms(waits, 50));
            row(rows, what + ": from start to run, p99", "ms", ms(waits, 99));
        }
        add(session, rows);
    }

    private static double ms(Histogram histogram, double percentile) {
        return histogram.getValueAtPercentile(percentile) / 1e6;
    }

    private static void memory(Session session, Fleet fleet) {
        List<Row> rows = new ArrayList<>();
        ServerMeter.Memory memory = ServerMeter.memory(session.server());
        row(rows, fleet.size() + " nodes: connections", "", memory.connections());
        if (memory.bytes() > 0) {
            double mib = memory.bytes() / (double) (1 << 20);
            row(
                    rows,
                    fleet.size() + " nodes: memory of a connection",
                    "MiB",
                    mib / memory.connections());
            row(rows, fleet.size() + " nodes: memory of all connections", "MiB", mib);
        }
        add(session, rows);
    }

    private static void row(List<Row> rows, String name, String unit, double value) {
        rows.add(Row.of(Figure.latency(name, unit, null), List.of(value)));
    }

    private static void add(Session session, List<Row> rows) {
        for (Row row : rows) {
            if (session.wants(row.name())) {
                session.add(row);
                session.say(row.name() + ": " + Numbers.plain(row.rowhouse()) + " " + row.unit());
            }
        }
    }
}
