package org.rowhouse.benchmarks;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.StartOptions;
import org.rowhouse.node.Rowhouse;

/**
 * Queued tasks for many minutes: dead rows, vacuums, checkpoints and growing indexes must not slow
 * a queue down.
 */
final class SteadyBenchmark implements Benchmark {
    private static final String QUEUE = "benchmark";
    private static final int CALLERS = 256;

    /**
     * Tasks that are started and not run yet: a second's worth or so, so that starts never lead.
     */
    private static final int OPEN_MAX = 20_000;

    private static final Duration SLOT = Duration.ofSeconds(10);
    private static final int SLOTS_MIN = 6;
    private static final double FALL_MAX_PERCENT = 10;

    private static final Figure RATE =
            Figure.rate("queued no-op tasks, median of the series", "tasks/s", null);
    private static final Figure FALL =
            new Figure(
                    "fall from the first fifth of the series to the last",
                    "%",
                    Better.LOWER,
                    new Target.AtMost(FALL_MAX_PERCENT));

    private final Semaphore open = new Semaphore(OPEN_MAX);
    private final LongAdder ran = new LongAdder();

    @Override
    public String name() {
        return "steady";
    }

    @Override
    public String shows() {
        return "Queued tasks for ten minutes, with no fall.";
    }

    @Override
    public Effort effort(boolean quick) {
        return new Effort(1, quick ? Duration.ofSeconds(90) : Duration.ofMinutes(10));
    }

    @Override
    public void run(Session session) {
        // Both are asked for, so that the list of all rows is complete.
        boolean rate = session.wants(RATE.name());
        boolean fall = session.wants(FALL.name());
        if (!rate && !fall) {
            return;
        }
        List<Double> series = new ArrayList<>();
        List<Double> falls = new ArrayList<>();
        try (Rowhouse node = Nodes.open(session.server(), session.folder())) {
            node.register(Nodes.COMPONENT, new Counted(this::taskRan));
            Nodes.addQueue(session.server(), QUEUE);
            for (int round = 0; round < session.rounds(); round++) {
                List<Double> slots = session.recorded(() -> slots(session, node));
                series.addAll(slots);
                falls.add(fallPercent(slots));
            }
        }
        if (rate) {
            session.add(Row.of(RATE, series));
        }
        if (fall) {
            session.add(Row.of(FALL, falls));
        }
    }

    private void taskRan() {
        ran.increment();
        open.release();
    }

    /**
     * Tasks per second in each slot; the warm-up before them, as long as two slots, is left out.
     */
    private List<Double> slots(Session session, Rowhouse node) {
        int count = (int) Math.max(SLOTS_MIN, session.time().dividedBy(SLOT));
        Duration slot = session.time().dividedBy(count);
        Duration warmUp = slot.multipliedBy(2);
        StartOptions options = StartOptions.inQueue(QUEUE);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        try {
            Future<?> load =
                    threads.submit(() ->
                            Load.run(
                                    CALLERS,
                                    session.time().plus(warmUp),
                                    number -> {
                                        open.acquire();
                                        node.start(
                                                Counted.FUNCTION,
                                                new Value(number),
                                                Value.class,
                                                options);
                                    }));
            keepOn(load, warmUp);
            List<Double> rates = new ArrayList<>();
            for (int i = 1; i <= count; i++) {
                long before = ran.sum();
                long begin = System.nanoTime();
                keepOn(load, slot);
                double seconds = (System.nanoTime() - begin) / 1e9;
                rates.add((ran.sum() - before) / seconds);
                session.say(
                        slot.multipliedBy(i).toSeconds()
                                + " s: "
                                + Numbers.plain(rates.getLast())
                                + " tasks/s");
            }
            load.get();
            return rates;
        } catch (ExecutionException failure) {
            throw failure.getCause() instanceof RowhouseException known
                    ? known
                    : new RowhouseException(
                            ErrorCode.INTERNAL, "The load failed: " + failure, failure);
        } catch (InterruptedException interrupted) {
            throw Nodes.interrupted();
        } finally {
            threads.shutdownNow();
            threads.close();
        }
    }

    /** Lets the load go on for so long; throws when it fails meanwhile. */
    private static void keepOn(Future<?> load, Duration time)
            throws ExecutionException, InterruptedException {
        try {
            load.get(time.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException stillRunning) {
            return;
        }
        throw new IllegalStateException("the load ended before its time");
    }

    /** How much lower the median of the last fifth of the slots is than that of the first. */
    static double fallPercent(List<Double> slots) {
        int fifth = Math.max(1, slots.size() / 5);
        double first = Numbers.median(slots.subList(0, fifth));
        double last = Numbers.median(slots.subList(slots.size() - fifth, slots.size()));
        return (1 - last / first) * 100;
    }
}
