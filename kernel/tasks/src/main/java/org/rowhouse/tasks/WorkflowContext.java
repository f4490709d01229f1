package org.rowhouse.tasks;

import java.time.Duration;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.Child;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.StartOptions;
import org.rowhouse.api.StepFailedException;
import org.rowhouse.api.StepOptions;
import org.rowhouse.api.Task;
import org.rowhouse.api.TaskInfo;
import org.rowhouse.api.TaskState;
import org.rowhouse.api.spi.FunctionImage;
import org.rowhouse.api.spi.TaskContext;
import org.rowhouse.store.Kernel;

/**
 * The calls that a running task makes: what {@link Task} does.
 *
 * <p>A step's record is sent at once but awaited only before the next body begins, or by the lane's
 * order before the task ends. So a workflow of n steps waits for n + 1 commits instead of n + 2,
 * and no body ever runs on a result that a crash could take back.
 *
 * <p>Thread: the task's own, and no other; so nothing here is locked.
 */
final class WorkflowContext implements TaskContext {
    private final TaskRun run;
    private final FunctionImage image;
    private final Replay replay;
    private final Thread thread = Thread.currentThread();
    private @Nullable CompletableFuture<Optional<Calls.Recorded>> unsettled;
    private final WorkflowMail mail;
    private @Nullable Unwind unwound;
    private @Nullable String openStep;
    private int logLines;
    private int callsStep = -1;
    private int callsInStep;

    WorkflowContext(TaskRun run, FunctionImage image, Replay replay) {
        this.run = run;
        this.image = image;
        this.replay = replay;
        this.mail = new WorkflowMail(run, this);
    }

    @Override
    public TaskInfo info() {
        Calls.Claimed task = run.task;
        return new TaskInfo(
                task.id(),
                task.component(),
                task.version(),
                task.function(),
                task.parent(),
                task.root(),
                task.attempt(),
                task.deadline(),
                devices(task.devices()));
    }

    private static List<Integer> devices(long bits) {
        return BitSet.valueOf(new long[] {bits}).stream().boxed().toList();
    }

    @Override
    public <T extends @Nullable Object> T step(
            String name, Class<T> type, StepOptions options, Task.Step<T> body) {
        int number = begin(name);
        Calls.StepRow known = replay.find(number, "plain", name);
        if (known != null && known.done()) {
            return recorded(known, type);
        }
        settle();
        int tries = 0;
        if (known != null) {
            tries = known.attempts();
            if (known.wakeMs() != null) {
                pause(number, known.wakeMs(), "retry");
            }
        }
        while (true) {
            tries++;
            long startNs = System.nanoTime();
            try {
                T value = inStep(name, () -> within(options.timeout(), name, body));
                String json = run.engine.functions.codec().encode(value);
                record(number, "plain", name, tries, true, startNs, null, json, null);
                return value;
            } catch (Unwind e) {
                throw e;
            } catch (Throwable e) {
                long pauseMs = stepFailed(number, name, tries, startNs, options, e);
                pause(number, pauseMs, "retry");
            }
        }
    }

    /**
     * Runs the body of a step, in which there can be no other: it would not be found by a replay.
     */
    private <T extends @Nullable Object> T inStep(String name, Task.Step<T> body) throws Exception {
        openStep = name;
        callsStep = -1; // a try makes the calls of the try before
        try {
            return body.run();
        } finally {
            openStep = null;
        }
    }

    /** Records a failed try; gives the pause before the next one, or throws if there is none. */
    private long stepFailed(
            int number,
            String name,
            int tries,
            long startNs,
            StepOptions options,
            Throwable thrown) {
        leaveIfUnwound();
        checkInterruption();
        Failure failure = Failure.of(thrown);
        String error = run.encode(failure);
        boolean again =
                tries < options.attempts()
                        && options.retryOn().stream().anyMatch(type -> type.isInstance(thrown));
        if (again) {
            long pauseMs =
                    Backoff.pauseMs(
                            options.backOff(),
                            options.factor(),
                            options.backOffMax(),
                            options.jitter(),
                            tries);
            record(number, "plain", name, tries, false, startNs, pauseMs, null, error);
            return pauseMs;
        }
        record(number, "plain", name, tries, true, startNs, null, null, error);
        throw new StepFailedException(
                failure.errorCode(), name, failure.message(), failure.type(), thrown);
    }

    private <T extends @Nullable Object> T within(
            @Nullable Duration timeout, String name, Task.Step<T> body) throws Exception {
        if (timeout == null) {
            return body.run();
        }
        TimeLimit limit = new TimeLimit(thread);
        Future<?> alarm = run.engine.alarm(timeout, limit::pass);
        try {
            T value = body.run();
            limit.end();
            return value;
        } catch (Exception e) {
            if (limit.end()) {
                throw new RowhouseException(
                        ErrorCode.TIMED_OUT, "step '" + name + "' took longer than " + timeout, e);
            }
            throw e;
        } finally {
            limit.end();
            alarm.cancel(false);
        }
    }

    @SuppressWarnings("NullAway") // gives the body's own value, null only if its type allows that
    @Override
    public <T extends @Nullable Object> T transaction(
            String name, Class<T> type, Task.Transaction<T> body) {
        int number = begin(name);
        Calls.StepRow known = replay.find(number, "transaction", name);
        if (known != null && known.done()) {
            return recorded(known, type);
        }
        settle();
        int tries = known == null ? 1 : known.attempts() + 1;
        long startNs = System.nanoTime();
        try {
            var place =
                    new Transactions.Place(
                            run.task.id(), run.task.attempt(), number, tries, name, image.schema());
            var result =
                    inStep(
                            name,
                            () ->
                                    run.engine.transactions.run(
                                            place,
                                            sql -> mail.inTransaction(sql, number, body),
                                            run.engine.functions.codec()::encode));
            mail.committed();
            if (result.cancel()) {
                run.interrupt(TaskRun.Interruption.CANCEL);
            }
            if (result.known()) {
                return decode(result.json(), type);
            }
            return result.value();
        } catch (Transactions.AwayException e) {
            run.leaveUnsettled();
            throw unwind(new Unwind(String.valueOf(e.getMessage())));
        } catch (Unwind e) {
            throw unwind(e);
        } catch (Throwable e) {
            leaveIfUnwound();
            checkInterruption();
            Failure failure = Failure.of(e);
            record(
                    number,
                    "transaction",
                    name,
                    tries,
                    true,
                    startNs,
                    null,
                    null,
                    run.encode(failure));
            throw new StepFailedException(
                    failure.errorCode(), name, failure.message(), failure.type(), e);
        }
    }

    @Override
    public Mail mail() {
        return mail;
    }

    @Override
    public <R> List<Child<R>> startAll(
            String function, List<?> inputs, Class<R> result, StartOptions options) {
        return new Children(run, this).startAll(function, inputs, result, options);
    }

    @Override
    public void awaitAll(List<? extends Child<?>> children) {
        check("awaitAll");
        checkOutsideStep("awaitAll");
        settle();
        Set<Integer> steps = new TreeSet<>();
        int bucket = 0;
        for (Child<?> child : children) {
            if (!(child instanceof ChildHandle<?> handle)) {
                throw new IllegalArgumentException("not a child of this task: " + child);
            }
            if (steps.add(handle.step())) {
                bucket = handle.id().bucket();
                awaitStep(handle.step(), bucket);
            }
        }
    }

    private void awaitStep(int step, int bucket) {
        Joins.Step join = new Joins.Step(run.task.id(), step, bucket);
        CompletableFuture<Void> over = run.engine.joins.await(join);
        if (waitFor(over)) {
            return;
        }
        run.engine.joins.giveUp(join);
        if (suspend("suspend", step, null, null)) {
            run.engine.joins.check(join);
        }
        throw unwind(new Unwind("waits for its children"));
    }

    /** Waits for one child; puts the workflow aside if that takes long. */
    Calls.Row awaitChild(ChildHandle<?> child) {
        check("result");
        checkOutsideStep("result");
        settle();
        Watchers watchers = run.engine.watchers;
        CompletableFuture<Calls.Row> outcome = watchers.watchFromNow(child.id());
        try {
            if (waitFor(outcome)) {
                return outcome.join();
            }
        } finally {
            watchers.leave(child.id(), outcome);
        }
        if (suspend("suspend", child.step(), child.position(), null)) {
            // The child may have ended between the last look and the suspension; if it ends later,
            // its end wakes the workflow.
            watchers.onceIfEnded(
                    child.id(),
                    () -> run.engine.joins.wake(run.task.id(), child.step(), child.position()));
        }
        throw unwind(new Unwind("waits for child " + child.id()));
    }

    /** True when it completed while the thread may linger. */
    private boolean waitFor(CompletableFuture<?> future) {
        return waitFor(future, run.linger().toMillis());
    }

    /** True when it completed within the time. */
    boolean waitFor(CompletableFuture<?> future, long atMostMs) {
        try {
            future.get(atMostMs, TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (InterruptedException e) {
            checkInterruption();
            return false;
        } catch (ExecutionException e) {
            return false;
        }
    }

    @Override
    public void sleep(Duration duration) {
        if (duration.isNegative() || duration.compareTo(StartOptions.LONGEST) > 0) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "a sleep must be 0 to 3650 days, but is " + duration);
        }
        int number = begin("sleep");
        Calls.StepRow known = replay.find(number, "sleep", "sleep");
        if (known != null) {
            Long leftMs = known.wakeMs();
            if (leftMs != null && leftMs > 0) {
                settle();
                pause(number, leftMs, "suspend");
            }
            return;
        }
        settle();
        long startNs = System.nanoTime();
        record(number, "sleep", "sleep", 1, true, startNs, duration.toMillis(), "null", null);
        pause(number, duration.toMillis(), "suspend");
    }

    /** Waits in the thread if that is short; otherwise puts the workflow aside and leaves. */
    private void pause(int number, long pauseMs, String cause) {
        if (pauseMs > run.linger().toMillis()) {
            suspend(cause, number, null, pauseMs);
            throw unwind(new Unwind("sleeps for " + pauseMs + " ms"));
        }
        try {
            Thread.sleep(Math.max(pauseMs, 0));
        } catch (InterruptedException e) {
            checkInterruption();
        }
    }

    /** Puts the workflow aside: true unless it is no longer this attempt's. */
    boolean suspend(String cause, int step, @Nullable Integer child, @Nullable Long wakeMs) {
        TaskRun.Suspended suspended = orLeave(() -> run.suspend(cause, step, child, wakeMs, null));
        if (suspended == TaskRun.Suspended.CANCELLED) {
            checkInterruption();
        }
        return suspended == TaskRun.Suspended.DONE;
    }

    @Override
    public void checkCancelled() {
        check("checkCancelled");
        checkInterruption();
    }

    private void checkInterruption() {
        TaskRun.Interruption why = run.interruption();
        if (why == null) {
            return;
        }
        switch (why) {
            case CANCEL ->
                    throw new RowhouseException(
                            ErrorCode.CANCELLED, "Someone asked to cancel this task.");
            case DEADLINE ->
                    throw new RowhouseException(
                            ErrorCode.TIMED_OUT,
                            "The task's deadline, " + run.task.deadline() + ", has passed.");
            case STOP -> {
                orLeave(run::release);
                throw unwind(new Unwind("the node stops"));
            }
        }
    }

    @Override
    public void log(String line) {
        check("log");
        if (logLines >= TaskBounds.LOG_LINES_MAX) {
            return;
        }
        String clean = line.replace("\0", "\\0");
        String kept =
                clean.length() <= TaskBounds.LOG_LINE_MAX
                        ? clean
                        : clean.substring(0, TaskBounds.LOG_LINE_MAX);
        var _ =
                run.engine.kernel.submit(
                        Calls.LOG,
                        new Calls.LogLine(
                                run.task.id().bucket(),
                                run.task.id().value(),
                                run.task.attempt(),
                                logLines++,
                                kept));
    }

    @Override
    public long nextCall() {
        check("nextCall");
        int step = replay.reached();
        if (step != callsStep) {
            callsStep = step;
            callsInStep = 0;
        }
        return (long) step << Integer.SIZE | callsInStep++;
    }

    /** Begins a step: checks that it may, and gives its number. */
    int begin(String name) {
        check(name);
        checkOutsideStep(name);
        if (!image.workflow()) {
            throw new IllegalStateException(
                    "'"
                            + image.function()
                            + "' is a @Function: only a @Workflow has steps. Annotate it as one.");
        }
        if (name.isEmpty()
                || name.length() > TaskBounds.NAME_LENGTH_MAX
                || name.indexOf('\0') >= 0) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "a step's name must have 1 to "
                            + TaskBounds.NAME_LENGTH_MAX
                            + " characters, none of them NUL");
        }
        checkInterruption();
        return replay.advance();
    }

    private void checkOutsideStep(String what) {
        if (openStep != null) {
            throw new IllegalStateException(
                    "'"
                            + what
                            + "' was called inside step '"
                            + openStep
                            + "': begin it after that step, or make its code a part of it");
        }
    }

    void check(String what) {
        leaveIfUnwound();
        if (run.abandoned()) {
            throw unwind(new Unwind("its deadline has passed"));
        }
        if (Thread.currentThread() != thread) {
            throw new IllegalStateException(
                    "'"
                            + what
                            + "' was called from another thread: make a task's calls on its own"
                            + " thread, and let children do things at the same time");
        }
    }

    /**
     * Makes sure that all that was recorded so far is durable and that the task is still this
     * attempt's.
     */
    void settle() {
        CompletableFuture<Optional<Calls.Recorded>> answer = unsettled;
        if (answer == null) {
            return;
        }
        unsettled = null;
        Optional<Calls.Recorded> recorded = orLeave(() -> Kernel.join(answer));
        if (recorded.isEmpty()) {
            // The task may still be this attempt's, if an earlier try recorded the step and its
            // answer was lost: then another attempt finds in the table what this one cannot know.
            run.leaveUnsettled();
            throw unwind(new Unwind("the step is recorded already, or the task taken"));
        }
        if (recorded.get().cancel()) {
            run.interrupt(TaskRun.Interruption.CANCEL);
            Thread.interrupted();
            checkInterruption();
        }
    }

    void record(
            int number,
            String kind,
            String name,
            int tries,
            boolean done,
            long startNs,
            @Nullable Long wakeMs,
            @Nullable String output,
            @Nullable String error) {
        settle();
        long durationUs = (System.nanoTime() - startNs) / 1000;
        unsettled =
                orLeave(() ->
                        run.record(
                                number,
                                kind,
                                name,
                                tries,
                                done,
                                durationUs,
                                wakeMs,
                                output,
                                error));
    }

    /**
     * Makes a call of the kernel. A database that stays away is not the task's fault: the thread
     * leaves the task's code, and the node finds the task again by its row.
     */
    <T> T orLeave(Supplier<T> call) {
        try {
            return call.get();
        } catch (RowhouseException e) {
            if (!e.code().surroundings()) {
                throw e;
            }
            run.leaveUnsettled();
            throw unwind(new Unwind(String.valueOf(e.getMessage())));
        }
    }

    Replay replay() {
        return replay;
    }

    /** What a step has recorded: its value, or why it failed. */
    <T extends @Nullable Object> T recorded(Calls.StepRow row, Class<T> type) {
        if (row.error() != null) {
            Failure failure =
                    (Failure) run.engine.functions.codec().decode(row.error(), Failure.class);
            if (failure != null) {
                throw new StepFailedException(
                        failure.errorCode(), row.name(), failure.message(), failure.type(), null);
            }
        }
        return decode(row.output(), type);
    }

    @SuppressWarnings({"unchecked", "NullAway"}) // null only if the body's type allows that
    <T extends @Nullable Object> T decode(@Nullable String json, Class<T> type) {
        return json == null || type == Void.class
                ? null
                : (T) run.engine.functions.codec().decode(json, type);
    }

    Unwind unwind(Unwind reason) {
        unwound = reason;
        return reason;
    }

    /** Leaves again if the task's code went on although it was told to leave. */
    void leaveIfUnwound() {
        if (unwound != null) {
            throw unwound;
        }
    }

    /** A child's failure as its row tells it. */
    Failure failure(@Nullable String json, TaskState state) {
        Failure failure =
                json == null
                        ? null
                        : (Failure) run.engine.functions.codec().decode(json, Failure.class);
        return failure == null
                ? Failure.of(ErrorCode.FUNCTION_FAILED, "it is " + state.sqlName())
                : failure;
    }
}
