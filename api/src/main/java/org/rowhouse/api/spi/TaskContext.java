package org.rowhouse.api.spi;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.Child;
import org.rowhouse.api.StartOptions;
import org.rowhouse.api.StepOptions;
import org.rowhouse.api.Task;
import org.rowhouse.api.TaskInfo;

/**
 * The kernel's side of {@link Task}, bound to the thread that runs a task. The contracts stand at
 * {@link Task}.
 */
public interface TaskContext {
    /** The context of the task that runs on this thread. */
    ScopedValue<TaskContext> CURRENT = ScopedValue.newInstance();

    /**
     * The context of the task that runs on this thread.
     *
     * @throws IllegalStateException outside a task
     */
    static TaskContext current() {
        if (!CURRENT.isBound()) {
            throw new IllegalStateException(
                    "this call needs a running task: make it from a @Workflow or @Function, on the"
                            + " task's own thread");
        }
        return CURRENT.get();
    }

    TaskInfo info();

    <T extends @Nullable Object> T step(
            String name, Class<T> type, StepOptions options, Task.Step<T> body);

    <T extends @Nullable Object> T transaction(
            String name, Class<T> type, Task.Transaction<T> body);

    <R> List<Child<R>> startAll(
            String function, List<?> inputs, Class<R> result, StartOptions options);

    void awaitAll(List<? extends Child<?>> children);

    void sleep(Duration duration);

    void checkCancelled();

    void log(String line);

    /**
     * A number for the next call of another component that is to be made once: unique within the
     * task, and the same each time the task comes to this place.
     */
    long nextCall();
}
