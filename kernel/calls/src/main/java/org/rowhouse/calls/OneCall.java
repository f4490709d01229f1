package org.rowhouse.calls;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.rowhouse.wire.CallOptions;

/**
 * A call that a component makes, whichever way it goes. For the caller's thread.
 *
 * @param component the one that is meant; null if it was not named
 * @param deadlineNs when it must have ended, by {@link System#nanoTime}
 * @param inherited whether that is sooner than the operation's own time-out
 * @param timeout the operation's own; of a stream the longest silence
 */
@SuppressWarnings("ArrayRecordComponent") // as reflection gives them; never compared
record OneCall(
        String interfaceName,
        Shape shape,
        @Nullable String component,
        @Nullable Object[] arguments,
        long deadlineNs,
        boolean inherited,
        Duration timeout,
        Tracer.Traced traced) {
    String operation() {
        return shape.operation();
    }

    /** How long it may still take; not positive when its time is over. */
    long leftNs() {
        return deadlineNs - System.nanoTime();
    }

    Scope scope() {
        return new Scope(deadlineNs, traced.context);
    }

    CallOptions options() {
        return new CallOptions(
                Duration.ofNanos(Math.max(leftNs(), 1)),
                traced.context,
                shape.method().idempotent());
    }
}
