package org.rowhouse.calls;

import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.TaskId;
import org.rowhouse.api.TaskInfo;
import org.rowhouse.wire.TraceContext;

/**
 * Decides which calls are traced and makes their spans, as W3C Trace Context has it: who begins a
 * trace decides for all calls in it. The trace of a task's calls is its root task's id. Safe for
 * use by many threads.
 */
final class Tracer {
    private final Consumer<Spans.Span> spans;
    private final IntSupplier node;

    Tracer(Consumer<Spans.Span> spans, IntSupplier node) {
        this.spans = spans;
        this.node = node;
    }

    /** One side's view of a call that is under way. For one thread at a time. */
    final class Traced {
        final TraceContext context;
        private final String kind;
        private final @Nullable Long parent;
        private final String operation;
        private final @Nullable TaskId task;
        private final long startNs = System.nanoTime();
        private @Nullable String component;
        private @Nullable Integer target;
        private boolean ended;

        private Traced(
                TraceContext context,
                String kind,
                @Nullable Long parent,
                String operation,
                @Nullable TaskId task) {
            this.context = context;
            this.kind = kind;
            this.parent = parent;
            this.operation = operation;
            this.task = task;
        }

        /** Who serves it. */
        void servedBy(String component, @Nullable Integer target) {
            this.component = component;
            this.target = target;
        }

        /** It is over; only the first end counts. */
        void end(@Nullable RowhouseException failure) {
            if (ended || !context.sampled()) {
                return;
            }
            ended = true;
            spans.accept(
                    new Spans.Span(
                            new UUID(context.traceHigh(), context.traceLow()),
                            context.span(),
                            kind,
                            parent,
                            operation,
                            component,
                            node.getAsInt(),
                            target,
                            task == null ? null : task.value(),
                            startNs,
                            System.nanoTime() - startNs,
                            failure == null ? "ok" : failure.code().name(),
                            failure == null ? null : failure.getMessage()));
        }
    }

    /**
     * A call that this thread makes.
     *
     * @param milli the share to trace if it begins a trace, in thousandths
     */
    Traced call(String operation, int milli) {
        Scope scope = Scope.current();
        TraceContext above = scope == null ? null : scope.trace();
        TaskInfo task = Scope.task();
        if (above != null) {
            return new Traced(
                    new TraceContext(
                            above.traceHigh(), above.traceLow(), newSpan(), above.sampled()),
                    "call",
                    above.span(),
                    operation,
                    task == null ? null : task.id());
        }
        UUID trace = task == null ? random() : task.root().value();
        boolean sampled =
                Math.floorMod(mixed(trace.getLeastSignificantBits()), 1000L) < (long) milli;
        return new Traced(
                new TraceContext(
                        trace.getMostSignificantBits(),
                        trace.getLeastSignificantBits(),
                        newSpan(),
                        sampled),
                "call",
                null,
                operation,
                task == null ? null : task.id());
    }

    /** A call that came from another node. */
    Traced served(String operation, String component, @Nullable TraceContext came) {
        TraceContext context = came == null ? new TraceContext(0, 1, newSpan(), false) : came;
        Traced traced = new Traced(context, "served", null, operation, null);
        traced.servedBy(component, null);
        return traced;
    }

    private static UUID random() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        return new UUID(random.nextLong(), random.nextLong() | 1);
    }

    private static long newSpan() {
        return ThreadLocalRandom.current().nextLong() | 1;
    }

    /** Ids of tasks share bits; spread them. */
    private static long mixed(long bits) {
        long mixed = (bits ^ (bits >>> 33)) * 0xff51afd7ed558ccdL;
        return mixed ^ (mixed >>> 33);
    }
}
