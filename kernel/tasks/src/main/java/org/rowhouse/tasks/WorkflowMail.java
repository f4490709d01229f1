package org.rowhouse.tasks;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.StartOptions;
import org.rowhouse.api.StepFailedException;
import org.rowhouse.api.Task;
import org.rowhouse.api.TaskId;
import org.rowhouse.api.spi.Messaging;
import org.rowhouse.api.spi.TaskContext;

/**
 * What a workflow sends, receives and lets others know.
 *
 * <p>What it sends is put into the outbox in the commit of the step that sends it, and forwarded
 * afterwards, so a crash neither loses nor repeats it. What it receives is bound to the step that
 * receives it before the step is recorded, so a replay receives the same. A message that comes
 * while the workflow is being put aside is found by a look afterwards; see {@link Joins}.
 *
 * <p>Thread: the task's own.
 */
final class WorkflowMail implements TaskContext.Mail {
    private static final String RECEIVE = "receive";
    private static final String NOTICE = "notice";

    /** How the row of a workflow says that it waits for a message and not for a child. */
    private static final int MESSAGE = -1;

    private final TaskRun run;
    private final WorkflowContext context;
    private final Messaging messaging;
    private @Nullable OpenTransaction openTransaction;
    private boolean sent;

    WorkflowMail(TaskRun run, WorkflowContext context) {
        this.run = run;
        this.context = context;
        this.messaging = run.engine.messaging;
    }

    /** A transaction step that is under way, and how much it has sent. */
    private static final class OpenTransaction {
        final Connection sql;
        final int step;
        int sent;

        OpenTransaction(Connection sql, int step) {
            this.sql = sql;
            this.step = step;
        }
    }

    /** The transaction step that was under way is committed. */
    void committed() {
        if (sent) {
            sent = false;
            messaging.committed(run.task.id());
        }
    }

    /** Runs the body of a transaction step: what it sends commits with it. */
    <T extends @Nullable Object> T inTransaction(Connection sql, int step, Task.Transaction<T> body)
            throws Exception {
        openTransaction = new OpenTransaction(sql, step);
        try {
            return body.run(sql);
        } finally {
            openTransaction = null;
        }
    }

    @Override
    public void send(List<TaskContext.Outgoing> messages) {
        context.check("send");
        if (messages.isEmpty()) {
            return;
        }
        if (messages.size() > TaskBounds.SENDS_MAX) {
            throw new RowhouseException(
                    ErrorCode.TOO_LARGE,
                    "One step may send at most " + TaskBounds.SENDS_MAX + " messages.");
        }
        List<Messaging.Parcel> parcels = new ArrayList<>(messages.size());
        for (TaskContext.Outgoing message : messages) {
            parcels.add(parcel(message, null, null));
        }
        inCommit("send to " + messages.getFirst().target(), open -> put(open, parcels));
    }

    private void put(OpenTransaction open, List<Messaging.Parcel> parcels) throws SQLException {
        for (Messaging.Parcel parcel : parcels) {
            messaging.put(open.sql, run.task.id(), open.step, open.sent++, parcel);
        }
    }

    private Messaging.Parcel parcel(
            TaskContext.Outgoing message, @Nullable UUID correlation, @Nullable String replyTo) {
        return new Messaging.Parcel(
                message.kind(),
                message.target(),
                message.key(),
                message.options(),
                correlation,
                replyTo,
                run.engine.functions.codec().encode(message.body()));
    }

    @Override
    public void post(String key, @Nullable Object value) {
        context.check("post");
        String json = run.engine.functions.codec().encode(value);
        inCommit(
                "post " + key,
                open -> messaging.post(open.sql, run.task.id(), open.step, key, json));
    }

    /** Part of what a transaction step commits. */
    private interface Effect {
        void on(OpenTransaction open) throws SQLException;
    }

    /** Within the transaction step that is under way, or in one of its own. */
    private void inCommit(String name, Effect effect) {
        OpenTransaction open = openTransaction;
        if (open == null) {
            var _ = context.transaction(bounded(name), Boolean.class, sql -> inOwn(sql, effect));
            return;
        }
        try {
            sent = true;
            effect.on(open);
        } catch (SQLException e) {
            throw new IllegalStateException("the transaction step cannot send", e);
        }
    }

    private boolean inOwn(Connection sql, Effect effect) throws SQLException {
        OpenTransaction open = openTransaction;
        if (open == null) {
            throw new SQLException("no transaction is open on " + sql);
        }
        sent = true;
        effect.on(open);
        return true;
    }

    private static String bounded(String name) {
        return name.length() <= TaskBounds.NAME_LENGTH_MAX
                ? name
                : name.substring(0, TaskBounds.NAME_LENGTH_MAX);
    }

    @Override
    public <T> Optional<T> receive(Class<T> type, Duration atMost) {
        return await(
                RECEIVE,
                RECEIVE,
                type,
                atMost,
                null,
                step -> messaging.take(run.task.id(), run.node, step, null).map(Came::of));
    }

    @Override
    public <T> Optional<T> ask(TaskContext.Outgoing request, Class<T> reply, Duration atMost) {
        TaskId id = run.task.id();
        inCommit(
                "ask " + request.target(),
                open -> put(open, List.of(parcel(request, answerTo(id, open.step), "task " + id))));
        UUID asked = answerTo(id, context.replay().latest());
        return await(
                RECEIVE,
                "answer of " + request.target(),
                reply,
                atMost,
                asked,
                step -> messaging.take(id, run.node, step, asked).map(Came::of));
    }

    /** The same for the same step of the same task. */
    private static UUID answerTo(TaskId task, int step) {
        return TaskId.derived(task.bucket(), task.epochMs(), task.toString(), step, -1).value();
    }

    @Override
    public <T> Optional<T> awaitNotice(TaskId of, String key, Class<T> type, Duration atMost) {
        return await(
                NOTICE,
                bounded("notice " + key),
                type,
                atMost,
                null,
                _ -> messaging.notice(of, key, run.task.id()).map(body -> new Came(body, false)));
    }

    /** What a step waited for: JSON, or as text why there is no answer. */
    private record Came(String body, boolean failed) {
        static Came of(Messaging.Letter letter) {
            return new Came(letter.body(), letter.failed());
        }
    }

    /** Looks once for what a step waits for. */
    private interface Look {
        Optional<Came> at(int step);
    }

    private <T> Optional<T> await(
            String kind,
            String name,
            Class<T> type,
            Duration atMost,
            @Nullable UUID correlation,
            Look look) {
        if (atMost.isNegative() || atMost.compareTo(StartOptions.LONGEST) > 0) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT, "a wait must be 0 to 3650 days, but is " + atMost);
        }
        int number = context.begin(name);
        Calls.StepRow known = context.replay().find(number, kind, name);
        if (known != null && known.done()) {
            return Optional.ofNullable(context.recorded(known, type));
        }
        context.settle();
        long startNs = System.nanoTime();
        Long noted = known == null ? null : known.wakeMs();
        long leftMs = noted == null ? atMost.toMillis() : noted;
        int tries = known == null ? 0 : known.attempts();
        Optional<Came> found = linger(number, leftMs, look);
        if (found.isEmpty() && leftMs > run.linger().toMillis()) {
            aside(kind, number, name, tries, leftMs, noted == null, correlation, look);
        }
        Came came = found.orElse(null);
        if (came != null && came.failed) {
            var failure = Failure.of(ErrorCode.FUNCTION_FAILED, came.body);
            String error = run.encode(failure);
            context.record(number, kind, name, tries + 1, true, startNs, null, null, error);
            throw new StepFailedException(failure.errorCode(), name, came.body, null, null);
        }
        String body = came == null ? null : came.body;
        context.record(number, kind, name, tries + 1, true, startNs, null, body, null);
        return Optional.ofNullable(context.decode(body, type));
    }

    /** Waits in the thread, for as long as that is cheaper than to leave it. */
    private Optional<Came> linger(int number, long leftMs, Look look) {
        long untilNs =
                System.nanoTime() + Math.clamp(leftMs, 0, run.linger().toMillis()) * 1_000_000;
        while (true) {
            CompletableFuture<Void> arrival = messaging.arrival(run.task.id());
            try {
                Optional<Came> found = context.orLeave(lookAt(number, look));
                long restMs = (untilNs - System.nanoTime()) / 1_000_000;
                if (found.isPresent() || restMs <= 0) {
                    return found;
                }
                var _ = context.waitFor(arrival, restMs);
            } finally {
                messaging.leave(run.task.id(), arrival);
            }
        }
    }

    private static Supplier<Optional<Came>> lookAt(int number, Look look) {
        return () -> look.at(number);
    }

    /** Puts the workflow aside until something comes or the time is over. */
    private void aside(
            String kind,
            int number,
            String name,
            int tries,
            long leftMs,
            boolean first,
            @Nullable UUID correlation,
            Look look) {
        long restMs = leftMs - run.linger().toMillis();
        if (first) {
            context.record(
                    number, kind, name, tries + 1, false, System.nanoTime(), restMs, null, null);
            context.settle();
        }
        if (context.suspend("suspend", number, MESSAGE, restMs)) {
            if (kind.equals(RECEIVE)) {
                messaging.suspended(run.task.id(), correlation);
            } else if (context.orLeave(lookAt(number, look)).isPresent()) {
                run.engine.wakeReceiver(run.task.id());
            }
        }
        throw context.unwind(new Unwind("waits for a message"));
    }
}
