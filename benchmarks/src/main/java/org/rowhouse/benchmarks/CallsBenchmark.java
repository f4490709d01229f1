package org.rowhouse.benchmarks;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.TaskId;
import org.rowhouse.store.Database;
import org.rowhouse.store.DatabaseSettings;
import org.rowhouse.store.Home;
import org.rowhouse.store.Kernel;
import org.rowhouse.store.SqlFile;
import org.rowhouse.store.SystemCall;

/**
 * The price of a system call: one of three row changes, asked for by ever more callers at once. It
 * has tables and a call of its own, so that it measures the store and nothing above it.
 */
final class CallsBenchmark implements Benchmark {
    private static final String SCHEMA = "rowhouse_bench";
    private static final int LANES = 2; // as a node has
    private static final int WORKERS = 1024;

    private static final SystemCall<Place, Optional<Placed>> PLACE =
            SystemCall.loadDone("place", 1, Place.class, Placed.class);

    /** Asks that a job be recorded on a worker. */
    record Place(TaskId id, int worker) {}

    /** How many slots the worker has left. */
    record Placed(long free) {}

    @Override
    public String name() {
        return "calls";
    }

    @Override
    public String shows() {
        return "One system call of three row changes, durable, by 1 to 256 callers at once.";
    }

    @Override
    public void run(Session session) {
        Server server = session.server();
        server.dropSchema(SCHEMA);
        server.execute(SqlFile.read(CallsBenchmark.class, "calls-schema"));
        var settings = DatabaseSettings.server(server.url(), System.getenv());
        try (var database = Database.open(Home.at(session.folder()), settings);
                var kernel = new Kernel(database::connectClosely, LANES)) {
            new Contest<>(session, new Side<>("Rowhouse", kernel), null).run(workloads());
        }
        server.dropSchema(SCHEMA);
    }

    private static List<Calls> workloads() {
        return List.of(
                new Calls(1, null, new Target.AtMost(300)),
                new Calls(8, null, null),
                new Calls(32, null, null),
                new Calls(128, null, null),
                new Calls(256, new Target.AtLeast(80_000), null));
    }

    private record Calls(int callers, @Nullable Target rate, @Nullable Target p50)
            implements Workload<Kernel> {
        @Override
        public List<Figure> figures() {
            String name = "system call, " + callers + (callers == 1 ? " caller" : " callers");
            return List.of(
                    Figure.rate(name, "calls/s", rate),
                    Figure.latency(name + ", p50", "us", p50),
                    Figure.latency(name + ", p99", "us", null));
        }

        @Override
        public List<Double> measure(Kernel kernel, Duration time) {
            Load.Result result = Load.run(callers, time, number -> place(kernel, number));
            return List.of(
                    result.perSecond(), result.latencyMs(50) * 1000, result.latencyMs(99) * 1000);
        }

        private static void place(Kernel kernel, long number) {
            TaskId id = TaskId.create(kernel.bucketForNew(LANES), System.currentTimeMillis());
            if (kernel.call(PLACE, new Place(id, (int) (number % WORKERS))).isEmpty()) {
                throw new IllegalStateException("job " + id + " was not placed");
            }
        }
    }
}
