package org.rowhouse.calls;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.TaskId;
import org.rowhouse.api.TaskInfo;
import org.rowhouse.api.spi.TaskContext;
import org.rowhouse.wire.TraceContext;

/**
 * What calls inherit from the call in which they are made.
 *
 * @param deadlineNs when they must have ended, by {@link System#nanoTime}
 * @param trace null if it is not known whether they are traced
 */
record Scope(long deadlineNs, @Nullable TraceContext trace) {
    static final ScopedValue<Scope> CURRENT = ScopedValue.newInstance();

    static @Nullable Scope current() {
        return CURRENT.isBound() ? CURRENT.get() : null;
    }

    /** The task that calls, if a task does and not a call that it has made. */
    @SuppressWarnings("ReferenceEquality") // there is one that stands for no task
    static @Nullable TaskInfo task() {
        return TaskContext.CURRENT.isBound() && TaskContext.CURRENT.get() != NoTask.INSTANCE
                ? TaskContext.CURRENT.get().info()
                : null;
    }

    static @Nullable TaskId taskId() {
        TaskInfo task = task();
        return task == null ? null : task.id();
    }

    /** How long a call may take that may take so long by itself. */
    static long deadlineNs(Duration timeout) {
        long now = System.nanoTime();
        long leftNs = timeout.toNanos();
        Scope scope = current();
        if (scope != null) {
            leftNs = Math.min(leftNs, scope.deadlineNs - now);
        }
        TaskInfo task = task();
        if (task != null && task.deadline() != null) {
            Duration left = Duration.between(Instant.now(), task.deadline());
            if (left.compareTo(CallBounds.TIMEOUT_MAX) < 0) {
                leftNs = Math.min(leftNs, left.toNanos());
            }
        }
        return now + leftNs;
    }
}
