package org.rowhouse.benchmarks;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * A closed loop: so many callers, each of which asks again as soon as it has its answer.
 *
 * <p>The callers first run for a tenth of the time without being counted; then every answer inside
 * the window counts. Latencies are therefore those of a loaded system, not of an open arrival
 * process.
 */
final class Load {
    private static final long LATENCY_MAX_NS = Duration.ofMinutes(10).toNanos();
    private static final int LATENCY_DIGITS = 3;

    private Load() {}

    /**
     * What one window showed.
     *
     * @param perSecond answers per second
     * @param latencyNs time from question to answer
     */
    record Result(double perSecond, Histogram latencyNs) {
        /** The latency that {@code percentile} percent of the answers stay below, milliseconds. */
        double latencyMs(double percentile) {
            return latencyNs.getValueAtPercentile(percentile) / 1e6;
        }
    }

    /** One question and its answer. */
    @FunctionalInterface
    interface Operation {
        /** Asks for the {@code number}th time (counted over all callers) and waits. */
        void ask(long number) throws Exception;
    }

    /**
     * Runs {@code callers} virtual threads for about {@code time} and gives what they met.
     *
     * @throws RowhouseException if a caller fails; the others end after their present question
     */
    static Result run(int callers, Duration time, Operation operation) {
        var latencies = new ConcurrentHistogram(LATENCY_MAX_NS, LATENCY_DIGITS);
        var numbers = new AtomicLong();
        long begin = System.nanoTime() + time.dividedBy(10).toNanos();
        long end = begin + time.toNanos();
        everyCaller(
                callers,
                _ -> {
                    long asked = System.nanoTime();
                    while (asked - end < 0 && !Thread.interrupted()) {
                        operation.ask(numbers.getAndIncrement());
                        long answered = System.nanoTime();
                        if (answered - begin >= 0 && answered - end < 0) {
                            latencies.recordValue(Math.min(answered - asked, LATENCY_MAX_NS));
                        }
                        asked = answered;
                    }
                });
        return new Result(latencies.getTotalCount() / (time.toNanos() / 1e9), latencies);
    }

    /**
     * Asks {@code count} times in all, by {@code callers} at once, and returns when all have their
     * answer.
     *
     * @throws RowhouseException if a caller fails
     */
    static void times(long count, int callers, Operation operation) {
        var numbers = new AtomicLong();
        everyCaller(
                callers,
                _ -> {
                    long number;
                    while ((number = numbers.getAndIncrement()) < count && !Thread.interrupted()) {
                        operation.ask(number);
                    }
                });
    }

    private static void everyCaller(int callers, Operation body) {
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        try {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < callers; i++) {
                int caller = i;
                running.add(
                        threads.submit(() -> {
                            body.ask(caller);
                            return null;
                        }));
            }
            for (Future<?> future : running) {
                future.get();
            }
        } catch (ExecutionException failure) {
            threads.shutdownNow();
            throw failed(failure.getCause() == null ? failure : failure.getCause());
        } catch (InterruptedException interrupted) {
            threads.shutdownNow();
            Thread.currentThread().interrupt();
            throw failed(interrupted);
        } finally {
            threads.close();
        }
    }

    private static RowhouseException failed(Throwable cause) {
        return new RowhouseException(
                ErrorCode.FUNCTION_FAILED,
                "A caller of the benchmark failed (" + cause + "), so the run is worth nothing.",
                cause);
    }
}
