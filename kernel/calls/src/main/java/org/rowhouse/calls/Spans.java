package org.rowhouse.calls;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import org.rowhouse.store.Kernel;
import org.rowhouse.store.SystemCall;

/**
 * Writes the spans of traced calls: gathered for {@link CallBounds#SPANS_PAUSE}, in sets, behind
 * the calls. More than {@link CallBounds#SPANS_MAX} that wait are dropped and counted: tracing
 * holds no call up. Thread: its own; {@link #add} may be called by any and never blocks.
 */
final class Spans implements AutoCloseable {
    private static final Logger LOG = System.getLogger(Spans.class.getName());

    /** The system call; in the order of log lines. */
    static final SystemCall<Row, Stored> STORE =
            SystemCall.load("spans", 26, Row.class, Stored.class);

    private final BlockingQueue<Span> waiting = new LinkedBlockingQueue<>(CallBounds.SPANS_MAX);
    private final LongAdder dropped = new LongAdder();
    private final Kernel kernel;
    private final IntSupplier buckets;
    private final Thread thread;
    private volatile boolean closing;

    /** As the table {@code call_span} has it. */
    record Row(
            int bucket,
            UUID trace,
            long id,
            String kind,
            @Nullable Long parent,
            String operation,
            @Nullable String component,
            int node,
            @Nullable Integer target,
            @Nullable UUID task,
            long ageUs,
            long durationUs,
            String outcome,
            @Nullable String detail) {}

    /** The answer to each. */
    record Stored(boolean stored) {}

    /**
     * One side's view of a call.
     *
     * @param startNs when it began, by {@link System#nanoTime}
     */
    record Span(
            UUID trace,
            long id,
            String kind,
            @Nullable Long parent,
            String operation,
            @Nullable String component,
            int node,
            @Nullable Integer target,
            @Nullable UUID task,
            long startNs,
            long durationNs,
            String outcome,
            @Nullable String detail) {}

    Spans(Kernel kernel, IntSupplier buckets) {
        this.kernel = kernel;
        this.buckets = buckets;
        this.thread = Thread.ofVirtual().name("rowhouse-spans").start(this::serve);
    }

    void add(Span span) {
        if (!waiting.offer(span)) {
            dropped.increment();
        }
    }

    private void serve() {
        List<Span> batch = new ArrayList<>();
        while (true) {
            try {
                batch.clear();
                Span first =
                        closing ? waiting.poll() : waiting.poll(Long.MAX_VALUE, TimeUnit.SECONDS);
                if (first == null) {
                    return;
                }
                if (!closing) {
                    Thread.sleep(CallBounds.SPANS_PAUSE);
                }
                batch.add(first);
            } catch (InterruptedException e) {
                if (batch.isEmpty() && waiting.isEmpty()) {
                    return; // it closes, and there is nothing left to write
                }
            }
            waiting.drainTo(batch, CallBounds.SPANS_BATCH - batch.size());
            write(batch);
            tellDropped();
        }
    }

    private void write(List<Span> batch) {
        try {
            int count = buckets.getAsInt();
            long now = System.nanoTime();
            List<CompletableFuture<Stored>> answers = new ArrayList<>();
            for (Span each : batch) {
                answers.add(kernel.submit(STORE, row(each, count, now)));
            }
            answers.forEach(Kernel::join);
        } catch (RuntimeException e) {
            dropped.add(batch.size());
            LOG.log(Level.DEBUG, "spans could not be written: {0}", e.toString());
        }
    }

    private void tellDropped() {
        long count = dropped.sumThenReset();
        if (count > 0) {
            LOG.log(Level.WARNING, "{0} spans of traced calls were dropped", count);
        }
    }

    private static Row row(Span span, int buckets, long nowNs) {
        return new Row(
                (int) Math.floorMod(span.trace.getLeastSignificantBits(), (long) buckets),
                span.trace,
                span.id,
                span.kind,
                span.parent,
                span.operation,
                span.component,
                span.node,
                span.target,
                span.task,
                (nowNs - span.startNs) / 1000,
                span.durationNs / 1000,
                span.outcome,
                cut(span.detail));
    }

    /** A sentence as rows hold it: of bounded length, without NUL. */
    static @Nullable String cut(@Nullable String text) {
        if (text == null) {
            return null;
        }
        String clean = text.replace("\0", "\\0");
        return clean.length() <= CallBounds.DETAIL_LENGTH_MAX
                ? clean
                : clean.substring(0, CallBounds.DETAIL_LENGTH_MAX);
    }

    /** Writes what waits, and stops. */
    @Override
    public void close() {
        closing = true;
        thread.interrupt();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
