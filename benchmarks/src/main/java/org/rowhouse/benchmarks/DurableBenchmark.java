package org.rowhouse.benchmarks;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Durable workflows and queues beside DBOS Transact Java, on the same server. */
final class DurableBenchmark implements Benchmark {
    private final Function<Session, DurableEngine> rowhouse;
    private final Function<Session, DurableEngine> peer;

    DurableBenchmark(
            Function<Session, DurableEngine> rowhouse, Function<Session, DurableEngine> peer) {
        this.rowhouse = rowhouse;
        this.peer = peer;
    }

    @Override
    public String name() {
        return "durable";
    }

    @Override
    public String shows() {
        return "Durable workflows, queues and hand-off beside DBOS Transact Java.";
    }

    @Override
    public void run(Session session) {
        try (DurableEngine ours = rowhouse.apply(session);
                DurableEngine theirs = peer.apply(session)) {
            new Contest<>(session, new Side<>(ours.name(), ours), new Side<>(theirs.name(), theirs))
                    .run(workloads());
        }
    }

    static List<Workload<DurableEngine>> workloads() {
        return List.of(
                new TwoSteps(1, null, new Target.Ratio(2)),
                new TwoSteps(32, new Target.Ratio(10), null),
                new TwoSteps(256, new Target.Ratio(18), null),
                new Queued(256, new Target.Ratio(30)),
                new HandOffFromClient(new Target.AtMost(5)),
                new HandOff());
    }

    /** Callers that each run a two-step workflow and wait for its result, again and again. */
    private record TwoSteps(int callers, @Nullable Target rate, @Nullable Target p50)
            implements Workload<DurableEngine> {
        @Override
        public List<Figure> figures() {
            String name = "two-step workflow, " + callers + (callers == 1 ? " caller" : " callers");
            return List.of(
                    Figure.rate(name, "workflows/s", rate),
                    Figure.latency(name + ", p50", "ms", p50),
                    Figure.latency(name + ", p99", "ms", null));
        }

        @Override
        public List<Double> measure(DurableEngine engine, Duration time) {
            Load.Result result =
                    Load.run(
                            callers,
                            time,
                            number -> {
                                long found = engine.twoSteps(number);
                                if (found != number + 2) {
                                    throw new IllegalStateException(
                                            "two steps from " + number + " gave " + found);
                                }
                            });
            return List.of(result.perSecond(), result.latencyMs(50), result.latencyMs(99));
        }
    }

    /** No-op tasks through a queue, from the first question to the last recorded end. */
    private record Queued(int callers, Target rate) implements Workload<DurableEngine> {
        /** Enough to get past the peer's polling interval of a second. */
        private static final long PROBE = 1_000;

        @Override
        public List<Figure> figures() {
            return List.of(Figure.rate("queued no-op tasks, end to end", "tasks/s", rate));
        }

        /** Each side gets as many tasks as keep it busy for the time, by a probe before. */
        @Override
        public List<Double> measure(DurableEngine engine, Duration time) {
            double guess = perSecond(engine, PROBE);
            long count = Math.max(PROBE, Math.round(guess * time.toMillis() / 1000));
            return List.of(perSecond(engine, count));
        }

        private double perSecond(DurableEngine engine, long count) {
            long begin = System.nanoTime();
            engine.queued(count, callers);
            return count / ((System.nanoTime() - begin) / 1e9);
        }
    }

    /**
     * One queued task at a time, asked for by another process, on a system with nothing else to do.
     */
    private record HandOffFromClient(Target p50) implements Workload<DurableEngine> {
        /** Questions before the first that counts: the client's JVM and connections are new. */
        private static final int WARM_UP = 3;

        @Override
        public List<Figure> figures() {
            return List.of(
                    Figure.latency("hand-off to a client process, idle system, p50", "ms", p50));
        }

        @Override
        public List<Double> measure(DurableEngine engine, Duration time) {
            try (ClientProcess client = engine.client()) {
                for (int i = 0; i < WARM_UP; i++) {
                    client.ask();
                }
                return List.of(medianMs(client::ask, time));
            }
        }
    }

    /** The same, asked for in the process of the node. */
    private record HandOff() implements Workload<DurableEngine> {
        @Override
        public List<Figure> figures() {
            return List.of(
                    Figure.latency("hand-off in the same process, idle system, p50", "ms", null));
        }

        @Override
        public List<Double> measure(DurableEngine engine, Duration time) {
            return List.of(medianMs(engine::handOff, time));
        }
    }

    private static double medianMs(Supplier<Duration> question, Duration time) {
        List<Double> millis = new ArrayList<>();
        long end = System.nanoTime() + time.toNanos();
        do {
            millis.add(question.get().toNanos() / 1e6);
        } while (System.nanoTime() - end < 0);
        return Numbers.median(millis);
    }
}
