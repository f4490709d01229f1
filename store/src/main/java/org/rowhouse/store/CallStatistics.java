package org.rowhouse.store;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.HdrHistogram.Histogram;

/** Counts of the system calls that one node makes: what the table {@code calls} shows. */
public final class CallStatistics {
    /** Latencies beyond this are counted as this: 10 minutes, in microseconds. */
    private static final long LATENCY_MAX_US = 600_000_000L;

    private static final int SIZE_CLASSES = 10;

    private final Map<String, Counter> counters = new ConcurrentHashMap<>();

    /**
     * What one call did in an interval.
     *
     * @param batchSizes element k counts batches of 2^k to 2^(k+1) - 1 requests
     */
    public record Row(
            String call,
            Instant since,
            Instant until,
            long requests,
            long batches,
            long failures,
            List<Long> batchSizes,
            long p50Us,
            long p99Us,
            long maxUs) {}

    void served(SystemCall<?, ?> call, List<Pending> members, long nowNs) {
        counter(call).served(members, nowNs);
    }

    void failed(SystemCall<?, ?> call, int requests) {
        counter(call).failed(requests);
    }

    private Counter counter(SystemCall<?, ?> call) {
        return counters.computeIfAbsent(call.name(), name -> new Counter());
    }

    /** The counts since the last time this was called; calls that were not made are left out. */
    public List<Row> drain() {
        List<Row> rows = new ArrayList<>();
        counters.forEach((call, counter) -> counter.drain(call, rows));
        return rows;
    }

    /** The same without taking them: the next {@link #drain} gives them as well. */
    public List<Row> untold() {
        List<Row> rows = new ArrayList<>();
        counters.forEach((call, counter) -> counter.tell(call, rows));
        return rows;
    }

    private static final class Counter {
        private final Histogram latencies = new Histogram(LATENCY_MAX_US, 2);
        private final long[] sizes = new long[SIZE_CLASSES];
        private Instant since = Instant.now();
        private long requests;
        private long batches;
        private long failures;

        synchronized void served(List<Pending> members, long nowNs) {
            requests += members.size();
            batches++;
            int sizeClass = 31 - Integer.numberOfLeadingZeros(members.size());
            sizes[Math.min(sizeClass, SIZE_CLASSES - 1)]++;
            for (Pending pending : members) {
                latencies.recordValue(
                        Math.clamp((nowNs - pending.askedNs) / 1000, 0, LATENCY_MAX_US));
            }
        }

        synchronized void failed(int count) {
            failures += count;
        }

        synchronized void drain(String call, List<Row> rows) {
            if (tell(call, rows)) {
                Arrays.fill(sizes, 0);
                latencies.reset();
                requests = 0;
                batches = 0;
                failures = 0;
                since = rows.getLast().until();
            }
        }

        /** Whether there was anything to tell. */
        synchronized boolean tell(String call, List<Row> rows) {
            if (requests == 0 && failures == 0) {
                return false;
            }
            rows.add(
                    new Row(
                            call,
                            since,
                            Instant.now(),
                            requests,
                            batches,
                            failures,
                            Arrays.stream(sizes).boxed().toList(),
                            latencies.getValueAtPercentile(50),
                            latencies.getValueAtPercentile(99),
                            latencies.getMaxValue()));
            return true;
        }
    }
}
