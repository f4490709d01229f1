package org.rowhouse.calls;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.TaskId;

/** Runs operations as tasks, for durable calls. Safe for use by many threads. */
public interface DurableRunner {
    /**
     * How a task stands.
     *
     * @param state ended or not
     * @param outputJson what it gave, if it succeeded
     * @param error why it failed; null if it did not
     */
    record Outcome(
            TaskId id,
            State state,
            @Nullable String outputJson,
            @Nullable RowhouseException error) {}

    /** Whether a task has ended, and how. */
    enum State {
        UNDER_WAY,
        SUCCEEDED,
        FAILED
    }

    /**
     * Starts a task, unless it is known already; it is durable when this returns.
     *
     * @param id null for a new one
     * @param timeout longest time from start to end; null for none
     */
    Outcome start(
            @Nullable TaskId id,
            String component,
            String version,
            String function,
            String inputJson,
            @Nullable Duration timeout);

    /** Waits until it has ended, or so long; returns at once when the thread is interrupted. */
    Outcome await(TaskId id, Duration atMost);

    /** Asks it to end. */
    void cancel(TaskId id);
}
