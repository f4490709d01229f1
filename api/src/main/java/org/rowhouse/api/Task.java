package org.rowhouse.api;

import java.sql.Connection;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.spi.Messaging.Kind;
import org.rowhouse.api.spi.TaskContext;
import org.rowhouse.api.spi.TaskContext.Outgoing;

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
     * Sends a message to a workflow, once, whatever crashes: it is a step of this workflow, or, in
     * the body of a {@linkplain #transaction transaction step}, commits with that step.
     *
     * <pre>{@code
     * Task.send(order, new Paid(amount));               // to a workflow
     * Task.send("shipping", parcel);                    // to a mailbox
     * Task.publish("payments", customer, payment);      // to a topic, in order for each customer
     * Optional<Paid> paid = Task.receive(Paid.class, Duration.ofDays(3));
     * }</pre>
     */
    public static void send(TaskId to, Object message) {
        send(to, message, SendOptions.USUAL);
    }

    /** Like {@link #send(TaskId, Object)}, delivered as {@code options} say. */
    public static void send(TaskId to, Object message, SendOptions options) {
        send(List.of(new Outgoing(Kind.TASK, to.toString(), null, message, options)));
    }

    /** Sends the same message to many workflows, in one step. At most 10,000. */
    public static void sendAll(Collection<TaskId> to, Object message) {
        send(
                to.stream()
                        .map(each ->
                                new Outgoing(
                                        Kind.TASK,
                                        each.toString(),
                                        null,
                                        message,
                                        SendOptions.USUAL))
                        .toList());
    }

    /** Sends a message to a mailbox; see {@link #send(TaskId, Object)}. */
    public static void send(String mailbox, Object message) {
        send(mailbox, message, SendOptions.USUAL);
    }

    /** Sends a message to a mailbox, delivered as {@code options} say. */
    public static void send(String mailbox, Object message, SendOptions options) {
        send(List.of(new Outgoing(Kind.MAILBOX, mailbox, null, message, options)));
    }

    /**
     * Publishes a message to a topic, once; see {@link #send(TaskId, Object)}. Messages of one key
     * are read in the order in which they were published.
     */
    public static void publish(String topic, @Nullable String key, Object message) {
        send(List.of(new Outgoing(Kind.TOPIC, topic, key, message, SendOptions.USUAL)));
    }

    /**
     * Adds an item to a stream, once; see {@link #send(TaskId, Object)}. A stream is made by its
     * first item and read from any position by whoever knows its name.
     */
    public static void append(String stream, Object item) {
        send(List.of(new Outgoing(Kind.STREAM, stream, null, item, SendOptions.USUAL)));
    }

    /** Ends a stream: its readers know that nothing follows. */
    public static void closeStream(String stream) {
        send(List.of(new Outgoing(Kind.CLOSE, stream, null, null, SendOptions.USUAL)));
    }

    private static void send(List<Outgoing> messages) {
        TaskContext.current().mail().send(messages);
    }

    /**
     * Receives the next message that was sent to this workflow, of the highest priority and the
     * oldest first; empty when none came in time. A long wait holds no thread. A replay receives
     * the same message.
     */
    public static <T> Optional<T> receive(Class<T> type, Duration atMost) {
        return TaskContext.current().mail().receive(type, atMost);
    }

    /**
     * Sends a request to a mailbox and waits for the answer to it; empty when none came in time.
     * Two steps.
     */
    public static <T> Optional<T> ask(
            String mailbox, Object request, Class<T> reply, Duration atMost) {
        return TaskContext.current()
                .mail()
                .ask(
                        new Outgoing(Kind.MAILBOX, mailbox, null, request, SendOptions.USUAL),
                        reply,
                        atMost);
    }

    /**
     * Lets others know the latest value of a key of this workflow, such as how far it has come; a
     * step, or part of the transaction step whose body calls it.
     */
    public static void post(String key, @Nullable Object value) {
        TaskContext.current().mail().post(key, value);
    }

    /**
     * Waits until a workflow has posted a value for a key, and gives the latest; empty when none
     * came in time. A long wait holds no thread. A replay gets the same value.
     */
    public static <T> Optional<T> awaitNotice(
            TaskId of, String key, Class<T> type, Duration atMost) {
        return TaskContext.current().mail().awaitNotice(of, key, type, atMost);
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
