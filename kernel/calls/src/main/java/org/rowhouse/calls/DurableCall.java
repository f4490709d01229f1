package org.rowhouse.calls;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.TaskId;
import org.rowhouse.api.TaskInfo;
import org.rowhouse.api.spi.Codec;
import org.rowhouse.api.spi.Serving;
import org.rowhouse.api.spi.TaskContext;

/**
 * A call that is a task, whose result the caller awaits: it goes on when the caller or the node
 * that serves it dies. A task that makes such a call again after a crash, at the same place and
 * with the same request, finds the one it made before. Safe for use by many threads.
 */
final class DurableCall {
    private final ServedHere here;
    private final Serving serving;
    private final Codec json;
    private final DurableRunner runner;

    DurableCall(ServedHere here, Serving serving, Codec json, DurableRunner runner) {
        this.here = here;
        this.serving = serving;
        this.json = json;
        this.runner = runner;
    }

    /**
     * @param limit the longest time that the call's task may take; null for none
     * @throws RowhouseException as {@link org.rowhouse.api.Components#of} says
     */
    @Nullable Object make(OneCall call, @Nullable Duration limit) {
        Shape mine = call.shape();
        if (mine.streams()) {
            throw new RowhouseException(
                    ErrorCode.CONFLICT,
                    "Calls of "
                            + call.operation()
                            + " are set to be durable, but a stream cannot be: unset it by"
                            + " `rowhouse interfaces reset "
                            + call.operation()
                            + "`.");
        }
        ServedHere.Entry target = target(call);
        Shape theirs = target.shape(mine.method().method().getName());
        if (theirs == null) {
            throw Failures.unknownOperation(
                    target.served().component(), mine.method().method().getName());
        }
        call.traced().servedBy(target.served().component(), null);
        Object request = mine.record(call.arguments());
        String input =
                json.encode(
                        theirs.request()
                                .decode(mine.request().encode(request), mine.request().schema()));
        DurableRunner.Outcome outcome = run(call, target, input, limit);
        if (outcome.error() != null) {
            throw outcome.error();
        }
        if (theirs.method().reply() == null || outcome.outputJson() == null) {
            return null;
        }
        Object reply = json.decode(outcome.outputJson(), theirs.method().reply());
        return mine.reply().decode(theirs.reply().encode(reply), theirs.reply().schema());
    }

    /** Its component is loaded here: its records check the request before anything is recorded. */
    private ServedHere.Entry target(OneCall call) {
        serving.load(call.interfaceName());
        List<ServedHere.Entry> entries =
                here.serving(call.interfaceName()).stream()
                        .filter(each ->
                                call.component() == null
                                        || call.component().equals(each.served().component()))
                        .toList();
        if (entries.size() != 1) {
            throw new RowhouseException(
                    entries.isEmpty() ? ErrorCode.NOT_FOUND : ErrorCode.CONFLICT,
                    "A durable call of "
                            + call.operation()
                            + " needs one component that is deployed and serves it, but "
                            + entries.size()
                            + " do.");
        }
        return entries.getFirst();
    }

    private DurableRunner.Outcome run(
            OneCall call, ServedHere.Entry target, String input, @Nullable Duration limit) {
        TaskInfo task = Scope.task();
        long number = task == null ? 0 : TaskContext.current().nextCall();
        DurableRunner.Outcome outcome = null;
        for (int tries = 0; tries < CallBounds.DURABLE_TRIES_MAX; tries++) {
            TaskId id = task == null ? null : id(task, number, tries, call.operation(), input);
            outcome =
                    runner.start(
                            id,
                            target.served().component(),
                            target.served().version(),
                            call.operation(),
                            input,
                            limit);
            // One that has failed before this call began is an earlier try: this is a new one.
            if (outcome.state() != DurableRunner.State.FAILED || task == null) {
                break;
            }
        }
        return outcome == null || outcome.state() != DurableRunner.State.UNDER_WAY
                ? ended(outcome)
                : awaited(call, outcome.id());
    }

    private static DurableRunner.Outcome ended(DurableRunner.@Nullable Outcome outcome) {
        if (outcome == null) {
            throw new IllegalStateException("there is at least one try");
        }
        return outcome;
    }

    private DurableRunner.Outcome awaited(OneCall call, TaskId id) {
        DurableRunner.Outcome outcome =
                runner.await(id, Duration.ofNanos(Math.max(call.leftNs(), 1)));
        if (outcome.state() != DurableRunner.State.UNDER_WAY) {
            return outcome;
        }
        if (Thread.currentThread().isInterrupted()) {
            return interrupted(call, id);
        }
        runner.cancel(id);
        throw Failures.timedOut(call.operation());
    }

    /** Either someone cancels the caller, or its node stops: then the call goes on without it. */
    private DurableRunner.Outcome interrupted(OneCall call, TaskId id) {
        if (Scope.task() != null) {
            try {
                TaskContext.current().checkCancelled();
            } catch (RowhouseException e) {
                runner.cancel(id);
                throw e;
            }
        }
        throw new RowhouseException(
                ErrorCode.CANCELLED, "The wait for " + call.operation() + " was interrupted.");
    }

    /** Always the same for the same call of the same task. */
    private static TaskId id(
            TaskInfo task, long number, int tries, String operation, String input) {
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-256")
                            .digest(input.getBytes(StandardCharsets.UTF_8));
            String maker = task.id() + " " + operation + " " + HexFormat.of().formatHex(digest);
            return TaskId.derived(task.id().bucket(), task.id().epochMs(), maker, number, tries);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
