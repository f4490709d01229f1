package org.rowhouse.node;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.StartOptions;
import org.rowhouse.api.TaskId;
import org.rowhouse.api.TaskState;
import org.rowhouse.api.spi.Codec;
import org.rowhouse.tasks.Failure;
import org.rowhouse.tasks.Tasks;

/**
 * A task that this program has started.
 *
 * @param <R> the record that the function gives
 */
public final class TaskHandle<R> {
    private final Tasks tasks;
    private final Codec codec;
    private final TaskId id;
    private final Class<R> type;

    TaskHandle(Tasks tasks, Codec codec, TaskId id, Class<R> type) {
        this.tasks = tasks;
        this.codec = codec;
        this.id = id;
        this.type = type;
    }

    /** The task's id. */
    public TaskId id() {
        return id;
    }

    /** Waits until the task has succeeded and gives its result; see {@link #result(Duration)}. */
    public R result() {
        return result(StartOptions.LONGEST);
    }

    /**
     * Waits until the task has succeeded and gives its result.
     *
     * @throws RowhouseException with the task's own code if it did not succeed; TIMED_OUT if it has
     *     not ended in time (it goes on)
     */
    public R result(Duration atMost) {
        return result(tasks.await(id, atMost), codec, type, atMost);
    }

    @SuppressWarnings({"unchecked", "NullAway"}) // null only where the type is Void
    static <R> R result(Tasks.Outcome outcome, Codec codec, Class<R> type, Duration atMost) {
        if (outcome.state() == TaskState.SUCCEEDED) {
            String json = outcome.outputJson();
            return json == null || type == Void.class ? null : (R) codec.decode(json, type);
        }
        Failure failure = outcome.error();
        if (!outcome.state().ended()) {
            throw new RowhouseException(
                    ErrorCode.TIMED_OUT,
                    "Task "
                            + outcome.id()
                            + " is still "
                            + outcome.state().sqlName()
                            + " after "
                            + atMost
                            + "; it goes on.");
        }
        throw new RowhouseException(code(failure), message(outcome, failure));
    }

    private static ErrorCode code(@Nullable Failure failure) {
        return failure == null ? ErrorCode.FUNCTION_FAILED : failure.errorCode();
    }

    private static String message(Tasks.Outcome outcome, @Nullable Failure failure) {
        String what = "Task " + outcome.id() + " " + outcome.state().sqlName();
        return failure == null ? what + "." : what + ": " + failure.message();
    }
}
