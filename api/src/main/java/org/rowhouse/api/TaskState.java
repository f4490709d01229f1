package org.rowhouse.api;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/**
 * The life of a task. This is the one place that says which transitions are legal; the names in
 * lower case are the values of the type {@code rowhouse.task_state}.
 *
 * <pre>
 *   start --> READY <--> RUNNING --> SUCCEEDED
 *     |        ^  \       |   \----> FAILED -----\
 *     v        |   \      v                       >--> READY (retry, resume)
 *   WAITING ---+    \   WAITING      PARKED -----/
 *                    ---------------> CANCELLED -/
 * </pre>
 */
public enum TaskState {
    /** May run as soon as its queue lets it. */
    READY(0),
    /** A node has claimed it. */
    RUNNING(1),
    /** Holds no thread: waits for a time or for its children. */
    WAITING(2),
    /** Ended with a result. */
    SUCCEEDED(10),
    /** Ended with an error, or ran past its deadline. */
    FAILED(11),
    /** Ended because someone asked for it. */
    CANCELLED(12),
    /** Set aside: its node died too often while running it. */
    PARKED(13);

    private final int number;

    TaskState(int number) {
        this.number = number;
    }

    /** The stable number of this state. */
    public int number() {
        return number;
    }

    /** True when nothing more happens to the task unless someone asks for it. */
    public boolean ended() {
        return number >= SUCCEEDED.number;
    }

    /** The states that may follow this one. */
    public Set<TaskState> next() {
        return switch (this) {
            case READY -> EnumSet.of(RUNNING, CANCELLED, FAILED);
            case RUNNING -> EnumSet.of(SUCCEEDED, FAILED, CANCELLED, WAITING, READY, PARKED);
            case WAITING -> EnumSet.of(READY, CANCELLED, FAILED);
            case FAILED, CANCELLED, PARKED -> EnumSet.of(READY);
            case SUCCEEDED -> EnumSet.noneOf(TaskState.class);
        };
    }

    /** The name as it stands in the database: lower case. */
    public String sqlName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The state with this database name.
     *
     * @throws IllegalArgumentException for an unknown name
     */
    public static TaskState ofSqlName(String name) {
        return valueOf(name.toUpperCase(Locale.ROOT));
    }
}
