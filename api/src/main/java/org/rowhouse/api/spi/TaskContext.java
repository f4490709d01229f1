package org.rowhouse.api.spi;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.Child;
import org.rowhouse.api.SendOptions;
import org.rowhouse.api.StartOptions;
import org.rowhouse.api.StepOptions;
import org.rowhouse.api.Task;
import org.rowhouse.api.TaskId;
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

    /**
     * A message that a workflow sends.
     *
     * @param target the name of what it is sent to, or the task's id
     */
    record Outgoing(
            Messaging.Kind kind,
            String target,
            @Nullable String key,
            @Nullable Object body,
            SendOptions options) {}

    /** What it sends, receives and lets others know. */
    Mail mail();

    /** The part of a context that carries messages. */
    interface Mail {
        void send(List<Outgoing> messages);

        <T> Optional<T> receive(Class<T> type, Duration atMost);

        <T> Optional<T> ask(Outgoing request, Class<T> reply, Duration atMost);

        void post(String key, @Nullable Object value);

        <T> Optional<T> awaitNotice(TaskId of, String key, Class<T> type, Duration atMost);
    }

    void checkCancelled();

    void log(String line);

    /**
     * A number for the next call of another component that is to be made once: unique within the
     * task, and the same each time the task comes to this place.
     */
    long nextCall();
}
