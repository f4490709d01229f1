package org.rowhouse.benchmarks;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * What a task costs does not depend on how many others there are. Two databases on one server take
 * turns: one holds 10,000 ended and 10,000 unended tasks, the other a million of each.
 */
final class FlatBenchmark implements Benchmark {
    private static final String SMALL_DATABASE = "rowhouse_bench_small";
    private static final int SMALL = 10_000;
    private static final int LARGE = 1_000_000;
    private static final int LARGE_QUICK = 100_000;
    private static final double COST_TIMES_MAX = 1.3;

    @Override
    public String name() {
        return "flat";
    }

    @Override
    public String shows() {
        return "To claim and finish a task costs the same below millions of others.";
    }

    @Override
    public void run(Session session) {
        Server server = session.server();
        Path folder = session.folder();
        int large = session.options().quick() ? LARGE_QUICK : LARGE;
        session.administrator().createDatabase(SMALL_DATABASE, server.user());
        try (var few =
                        new FlatTasks(
                                server.database(SMALL_DATABASE), folder.resolve("few"), SMALL);
                var many = new FlatTasks(server, folder.resolve("many"), large)) {
            fill(session, few);
            fill(session, many);
            new Contest<>(session, new Side<>("Rowhouse", many), new Side<>(label(few), few))
                    .run(List.of(new ClaimAndFinish(large)));
        } finally {
            session.administrator().dropDatabase(SMALL_DATABASE);
        }
    }

    private static void fill(Session session, FlatTasks tasks) {
        session.say("filling a database: " + label(tasks));
        tasks.fill();
    }

    private static String label(FlatTasks tasks) {
        return "Rowhouse with " + title(tasks.count());
    }

    private static String title(int count) {
        return Numbers.plain(count) + " ended and " + Numbers.plain(count) + " unended tasks";
    }

    /** Tasks that are ready are claimed, run (they do nothing) and finished. */
    private record ClaimAndFinish(int count) implements Workload<FlatTasks> {
        @Override
        public List<Figure> figures() {
            return List.of(
                    Figure.latency(
                            "claim, run and finish a task among " + title(count),
                            "us/task",
                            new Target.Within(COST_TIMES_MAX)));
        }

        @Override
        public List<Double> measure(FlatTasks tasks, Duration time) {
            return List.of(tasks.microsecondsPerTask(time));
        }
    }
}
