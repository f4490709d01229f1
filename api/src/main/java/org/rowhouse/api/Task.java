package org.rowhouse.api;

import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.spi.TaskContext;

/**
 * The running task, as the code inside it sees it. All methods must be called on the task's own
 * thread; outside a task they throw {@link IllegalStateException}.
 *
 * <p>A step's result is durable before the next step's body begins and before the task's own result
 * is given out, so a crash never lets a later step see a result that is forgotten.
 */
public final class Task {
    private Task() {}

    /** Work that gives a value. */
    @FunctionalInterface
    public interface Step<T extends @Nullable Object> {
        T run() throws Exception;
    }

    /** Work that gives nothing. */
    @FunctionalInterface
    public interface Action {
        void run() throws Exception;
    }

    /**
     * Work on the component's own tables that gives a value. The connection is committed by
     * Rowhouse, never by it.
     */
    @FunctionalInterface
    public interface Transaction<T extends @Nullable Object> {
        T run(Connection sql) throws Exception;
    }

    /** Who am I. */
    public static TaskInfo info() {
        return TaskContext.current().info();
    }

    /**
     * Runs a plain step, at least once, and records its result. On replay the recorded result is
     * given and the body does not run.
     *
     * @param name what the step does; on replay the step at the same place must have the same name
     * @param type the record (or String, number, boolean) that the body gives
     */
    public static <T extends @Nullable Object> T step(String name, Class<T> type, Step<T> body) {
        return TaskContext.current().step(name, type, StepOptions.ONCE, body);
    }

    /** Like {@link #step(String, Class, Step)}, tried as {@code options} say. */
    public static <T extends @Nullable Object> T step(
            String name, Class<T> type, StepOptions options, Step<T> body) {
        return TaskContext.current().step(name, type, options, body);
    }

    /** A plain step that gives nothing. */
    public static void step(String name, Action body) {
        step(name, StepOptions.ONCE, body);
    }

    /** A plain step that gives nothing, tried as {@code options} say. */
    @SuppressWarnings("NullAway") // null is the only value of Void, whose class cannot say so
    public static void step(String name, StepOptions options, Action body) {
        TaskContext.current()
                .<@Nullable Void>step(
                        name,
                        Void.class,
                        options,
                        () -> {
                            body.run();
                            return null;
                        });
    }

    /**
     * Runs SQL in the component's own schema and records the step in the same commit: exactly once.
     * The body may run again if the commit did not happen (serialization failure, lost connection),
     * so its only effect must be the SQL.
     */
    public static <T extends @Nullable Object> T transaction(
            String name, Class<T> type, Transaction<T> body) {
        return TaskContext.current().transaction(name, type, body);
    }

    /**
     * Starts a child; {@code function} is a name in this component or {@code component/function}.
     */
    public static <R> Child<R> start(
            String function, Object input, Class<R> result, StartOptions options) {
        return startAll(function, List.of(input), result, options).getFirst();
    }

    /** Starts a child that runs at once. */
    public static <R> Child<R> start(String function, Object input, Class<R> result) {
        return start(function, input, result, StartOptions.DIRECT);
    }

    /**
     * Starts one child for each input, in one step. At most 100,000 inputs.
     *
     * <p>A deduplication key cannot be used here: the children of a step are told apart by their
     * place in it.
     */
    public static <R> List<Child<R>> startAll(
            String function, List<?> inputs, Class<R> result, StartOptions options) {
        return TaskContext.current().startAll(function, inputs, result, options);
    }

    /** Waits until all have ended, whatever their outcome. A long wait holds no thread. */
    public static void awaitAll(List<? extends Child<?>> children) {
        TaskContext.current().awaitAll(children);
    }

    /**
     * Sleeps by the database's clock, for milliseconds or years. A long sleep holds no thread and
     * survives restarts.
     */
    public static void sleep(Duration duration) {
        TaskContext.current().sleep(duration);
    }

    /**
     * Ends the task if someone has asked to cancel it or its deadline has passed; call it in long
     * loops.
     *
     * @throws RowhouseException {@link ErrorCode#CANCELLED} or {@link ErrorCode#TIMED_OUT}
     */
    public static void checkCancelled() {
        TaskContext.current().checkCancelled();
    }

    /**
     * Adds a line to the task's log, which {@code rowhouse logs TASK} shows. At most 8,192
     * characters are kept.
     */
    public static void log(String line) {
        TaskContext.current().log(line);
    }
}
