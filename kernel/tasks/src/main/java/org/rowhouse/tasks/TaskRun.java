package org.rowhouse.tasks;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.TaskState;
import org.rowhouse.api.spi.FunctionImage;
import org.rowhouse.api.spi.TaskContext;
import org.rowhouse.store.Kernel;

/**
 * One attempt of one task on this node: runs its function and settles what came of it.
 *
 * <p>Tables: none directly; the calls RECORD, SUSPEND, FINISH. Invariant: exactly one of finish,
 * suspend and release is made for an attempt, unless it was fenced off. Thread: one virtual thread
 * of its own; {@link #interrupt} may come from any other. Failure: if the database stays away the
 * attempt ends without a word, and the node finds the task again by its row.
 */
final class TaskRun implements Runnable {
    private static final System.Logger LOG = System.getLogger(TaskRun.class.getName());

    /** Why the task's thread was interrupted; the first reason counts. */
    enum Interruption {
        CANCEL,
        DEADLINE,
        STOP
    }

    final Engine engine;
    final Calls.Claimed task;
    final int node;
    private final boolean tried;

    /** Whether its row says so as well: then, and not while it is put aside, its place is free. */
    volatile boolean ended;

    private volatile @Nullable Thread thread;
    private volatile @Nullable Interruption interruption;
    private volatile boolean abandoned;
    private volatile boolean aside;
    private volatile boolean unsettled;
    private volatile boolean startedHere;
    private volatile @Nullable CompletableFuture<Optional<Calls.Recorded>> record;
    private final ReentrantLock recording = new ReentrantLock();
    private boolean sealed; // under that lock
    private final AtomicBoolean left = new AtomicBoolean();
    private final AtomicBoolean abandoning = new AtomicBoolean();
    private final AtomicBoolean holdsSuspectPlace = new AtomicBoolean();

    /**
     * @param node the life of this node that claimed it
     * @param tried true if earlier attempts may have recorded something
     */
    TaskRun(Engine engine, Calls.Claimed task, int node, boolean tried) {
        this.engine = engine;
        this.task = task;
        this.node = node;
        this.tried = tried;
    }

    /** The task was started on this node: whoever waits for it may well be here. */
    TaskRun startedHere() {
        startedHere = true;
        return this;
    }

    /** Whether someone elsewhere may wait for it, who would learn of its end only by a beat. */
    boolean awaitedElsewhere() {
        return task.need() != null && !startedHere;
    }

    @Override
    public void run() {
        thread = Thread.currentThread();
        if (interruption != null) {
            Thread.currentThread().interrupt(); // it came before there was a thread
        }
        List<Future<?>> alarms = deadlineAlarms();
        try {
            if (interruption == null && engine.watchdog.admit()) {
                runFunction();
            } else {
                interruptedBeforeItBegan();
            }
        } catch (Unwind e) {
            LOG.log(
                    System.Logger.Level.DEBUG,
                    "{0} left its thread: {1}",
                    task.id(),
                    e.getMessage());
        } catch (Throwable e) {
            // The database stayed away, the node stops, or memory is full: the row stays as it
            // is, and is found again.
            LOG.log(System.Logger.Level.WARNING, "{0} could not be settled: {1}", task.id(), e);
            unsettled = true;
        } finally {
            alarms.forEach(alarm -> alarm.cancel(false));
            engine.runs.left(this);
            if (unsettled) {
                engine.runs.orphaned(); // only now: while it is among the runs it is no orphan
            }
        }
    }

    /** A record that can never be made must not keep the task from its end. */
    private void forgetRefusedRecord() {
        CompletableFuture<?> last = record;
        if (last != null
                && last.isCompletedExceptionally()
                && last.exceptionNow() instanceof RowhouseException refusal
                && !refusal.code().surroundings()) {
            record = null;
        }
    }

    /**
     * Sends the record of a step. Neither the end of the task nor a suspension takes effect without
     * it.
     *
     * @return empty if the task is no longer this attempt's, or if another record was there already
     */
    CompletableFuture<Optional<Calls.Recorded>> record(
            int number,
            String kind,
            String name,
            int tries,
            boolean done,
            long durationUs,
            @Nullable Long wakeMs,
            @Nullable String output,
            @Nullable String error) {
        var step =
                new Calls.RecordStep(
                        task.id(),
                        node,
                        number,
                        kind,
                        name,
                        tries,
                        done,
                        durationUs,
                        wakeMs,
                        output,
                        error);
        recording.lock();
        try {
            if (sealed) {
                return CompletableFuture.completedFuture(Optional.empty());
            }
            var sent = engine.kernel.submit(Calls.RECORD, step);
            record = sent;
            return sent;
        } finally {
            recording.unlock();
        }
    }

    /**
     * From now on this attempt records nothing: it gives the task away, though its code may still
     * run. The table only asks whether the node's life goes on.
     */
    private void seal() {
        recording.lock();
        try {
            sealed = true;
        } finally {
            recording.unlock();
        }
    }

    /**
     * Gives the task back without waiting for anything, since no other thread may ever get its
     * turn. Empty if its own is sending a record just now: the next life finds it.
     */
    Optional<CompletableFuture<Calls.Settled>> giveBack() {
        if (!recording.tryLock()) {
            return Optional.empty();
        }
        try {
            sealed = true;
        } finally {
            recording.unlock();
        }
        var request = new Calls.Release(task.id(), task.attempt());
        return Optional.of(engine.kernel.submit(Calls.RELEASE, request));
    }

    private boolean stillOurs(Calls.Stands stands) {
        return stands.alive()
                && stands.attempt() == task.attempt()
                && TaskState.RUNNING.sqlName().equals(stands.state());
    }

    /** The thread leaves, although nothing has been settled: the node must find the row again. */
    void leaveUnsettled() {
        unsettled = true;
    }

    /** Its code never ran: there is nothing to unwind. */
    private void interruptedBeforeItBegan() {
        Thread.interrupted();
        Interruption why = interruption;
        if (why == Interruption.CANCEL) {
            finish(TaskState.CANCELLED, null, cancelFailure());
        } else if (why == Interruption.DEADLINE) {
            finish(TaskState.FAILED, null, deadlineFailure());
        } else {
            release();
        }
    }

    private void runFunction() {
        FunctionImage image;
        try {
            image = engine.functions.find(task.component(), task.version(), task.function());
        } catch (RowhouseException e) {
            // The code may not be here yet, as when a program registers its components after it has
            // opened the node.
            // That is not the task's fault: it waits for it.
            long pauseMs =
                    Backoff.pauseMs(
                            TaskBounds.CODE_PAUSE, 2, TaskBounds.CODE_PAUSE_MAX, 0, task.attempt());
            if (suspend("retry", null, null, pauseMs, encode(Failure.of(e)))
                    == Suspended.CANCELLED) {
                finish(TaskState.CANCELLED, null, cancelFailure());
            }
            return;
        }
        List<Calls.StepRow> known =
                tried ? engine.kernel.call(Calls.STEPS, new Calls.Steps(task.id())) : List.of();
        Replay replay = new Replay(known);
        WorkflowContext context = new WorkflowContext(this, image, replay);
        String output;
        try {
            output = ScopedValue.where(TaskContext.CURRENT, context).call(() -> call(image));
            context.leaveIfUnwound();
            if (image.workflow()) {
                replay.end();
            }
        } catch (Unwind e) {
            throw e;
        } catch (Throwable e) {
            context.leaveIfUnwound();
            failed(image, replay, e);
            return;
        } finally {
            Thread.interrupted();
        }
        succeeded(image, replay, output);
    }

    private void succeeded(FunctionImage image, Replay replay, String output) {
        try {
            finish(TaskState.SUCCEEDED, output, null);
        } catch (RowhouseException e) {
            if (e.code().surroundings()) {
                throw e; // it has not ended: another attempt finds its steps, and ends it
            }
            failed(image, replay, e);
        }
    }

    /**
     * ScopedValue carries exceptions of one type only; what the component throws may be anything.
     */
    private String call(FunctionImage image) throws Exception {
        try {
            return image.call(task.input());
        } catch (Exception | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    private void failed(FunctionImage image, Replay replay, Throwable thrown) {
        forgetRefusedRecord();
        Interruption why = interruption;
        boolean told = thrown instanceof RowhouseException;
        if (why == Interruption.STOP) {
            release();
        } else if (why == Interruption.CANCEL
                && (!told || ((RowhouseException) thrown).code() == ErrorCode.CANCELLED)) {
            finish(TaskState.CANCELLED, null, cancelFailure());
        } else if (why == Interruption.DEADLINE) {
            finish(TaskState.FAILED, null, deadlineFailure());
        } else if (!image.workflow() && tryAgain(image, replay, thrown)) {
            LOG.log(System.Logger.Level.DEBUG, "{0} is tried again", task.id());
        } else {
            TaskState state =
                    told
                                    && ((RowhouseException) thrown).code() == ErrorCode.CANCELLED
                                    && why == Interruption.CANCEL
                            ? TaskState.CANCELLED
                            : TaskState.FAILED;
            finish(state, null, Failure.of(thrown));
        }
    }

    /** Whether its code has been told that someone asked to cancel it. */
    boolean cancelAsked() {
        return interruption == Interruption.CANCEL;
    }

    private static Failure cancelFailure() {
        return Failure.of(ErrorCode.CANCELLED, "Someone asked to cancel it.");
    }

    Failure deadlineFailure() {
        return Failure.of(
                ErrorCode.TIMED_OUT, "Its deadline, " + task.deadline() + ", passed while it ran.");
    }

    /** Puts a plain function aside for its next try, if one is left. */
    private boolean tryAgain(FunctionImage image, Replay replay, Throwable thrown) {
        Calls.StepRow before = replay.first();
        int tries = before == null ? 1 : before.attempts() + 1;
        if (tries >= image.attempts()) {
            return false;
        }
        long pauseMs = Backoff.pauseMs(image.backOff(), 2, Duration.ofHours(1), 0.2, tries);
        String error = encode(Failure.of(thrown));
        var _ = record(0, "plain", task.function(), tries, false, 0, pauseMs, null, error);
        Suspended suspended = suspend("retry", null, null, pauseMs, error);
        if (suspended == Suspended.CANCELLED) {
            finish(TaskState.CANCELLED, null, cancelFailure());
        }
        return true;
    }

    /** Ends the task, for good or bad. */
    void finish(TaskState state, @Nullable String output, @Nullable Failure failure) {
        if (abandoned) {
            return;
        }
        String error = failure == null ? null : encode(failure);
        var request =
                new Calls.Finish(task.id(), task.attempt(), node, state.sqlName(), output, error);
        String outcome = finished(request);
        if (!outcome.equals(Calls.FENCED)) {
            ended = true;
            engine.ended(this, state, output, error, outcome.equals(Calls.CANCEL));
        }
    }

    /** Asks until the task is ended, by this attempt or by another that took it away. */
    private String finished(Calls.Finish request) {
        while (true) {
            Optional<Calls.Ended> ended =
                    Kernel.join(engine.kernel.submit(Calls.FINISH, request, record));
            if (ended.isPresent()) {
                return ended.get().cancel() ? Calls.CANCEL : Calls.DONE;
            }
            Calls.Stands stands = engine.kernel.call(Calls.STANDING, new Calls.Standing(task.id()));
            if (stands.attempt() == task.attempt() && request.state().equals(stands.state())) {
                // By an earlier try, whose answer was lost.
                return stands.cancel() ? Calls.CANCEL : Calls.DONE;
            }
            if (!stillOurs(stands)) {
                tellTaken();
                return Calls.FENCED;
            }
            // Someone else was changing the row just then: ask again.
        }
    }

    private void tellTaken() {
        LOG.log(
                System.Logger.Level.INFO,
                "{0} was taken from attempt {1}",
                task.id(),
                task.attempt());
    }

    /** What came of the wish to put a task aside. */
    enum Suspended {
        DONE,
        /** It is no longer this attempt's. */
        FENCED,
        /** Not put aside: someone asked it to end. */
        CANCELLED
    }

    /** Puts the task aside; afterwards the thread must leave the task's code, unless cancelled. */
    Suspended suspend(
            String cause,
            @Nullable Integer step,
            @Nullable Integer child,
            @Nullable Long wakeMs,
            @Nullable String error) {
        var request =
                new Calls.Suspend(task.id(), task.attempt(), cause, step, child, wakeMs, error);
        String outcome = settled(() -> engine.kernel.submit(Calls.SUSPEND, request, record));
        if (outcome.equals(Calls.CANCEL)) {
            noteCancel();
            return Suspended.CANCELLED;
        }
        if (outcome.equals(Calls.FENCED)) {
            return Suspended.FENCED;
        }
        aside = true;
        if (wakeMs != null) {
            engine.timers.dueIn(task.id().bucket(), wakeMs);
        }
        engine.slotFreed(task.queue());
        return Suspended.DONE;
    }

    /** Whether it has been put aside, even if its thread has not left yet. */
    boolean aside() {
        return aside;
    }

    /** Gives the task back to its queue, as when the node stops. False if it has ended instead. */
    boolean release() {
        seal();
        var request = new Calls.Release(task.id(), task.attempt());
        if (settled(() -> engine.kernel.submit(Calls.RELEASE, request)).equals(Calls.CANCEL)) {
            engine.ended(this, TaskState.CANCELLED, null, encode(cancelFailure()), true);
            return false;
        }
        return true;
    }

    private interface Ask {
        CompletableFuture<Calls.Settled> ask();
    }

    /** Asks until nobody else was changing the row at that moment. */
    private String settled(Ask ask) {
        while (true) {
            String outcome = Kernel.join(ask.ask()).outcome();
            if (outcome.equals(Calls.FENCED)) {
                tellTaken();
            }
            if (!outcome.equals(Calls.AGAIN)) {
                return outcome;
            }
        }
    }

    private List<Future<?>> deadlineAlarms() {
        Long leftMs = task.deadlineMs();
        if (leftMs == null) {
            return List.of();
        }
        List<Future<?>> alarms = new ArrayList<>();
        alarms.add(
                engine.alarm(
                        Duration.ofMillis(Math.max(leftMs, 0)),
                        () -> interrupt(Interruption.DEADLINE)));
        alarms.add(
                engine.alarm(
                        Duration.ofMillis(Math.max(leftMs, 0)).plus(TaskBounds.ABANDON_GRACE),
                        this::abandon));
        return alarms;
    }

    /**
     * Its code did not end when it was interrupted: the task ends without it, and the thread is
     * given up. Does not block.
     */
    void abandon() {
        if (over() || !abandoning.compareAndSet(false, true)) {
            return;
        }
        LOG.log(
                System.Logger.Level.WARNING,
                "{0} does not end when it is told to; its thread is given up",
                this);
        engine.aside(() -> {
            engine.transactions.abort(task.id());
            seal();
            try {
                if (cancelAsked()) {
                    finish(TaskState.CANCELLED, null, cancelFailure());
                } else {
                    finish(TaskState.FAILED, null, deadlineFailure());
                }
            } catch (RowhouseException e) {
                engine.runs.orphaned();
            }
            abandoned = true;
            engine.watchdog.lost(this);
            engine.runs.left(this);
        });
    }

    /** Gives the task back although its code goes on; its thread is given up. Does not block. */
    void evict() {
        if (over() || !abandoning.compareAndSet(false, true)) {
            return;
        }
        interrupt(Interruption.STOP);
        LOG.log(
                System.Logger.Level.WARNING,
                "{0} does not leave this node when it is told to; its thread is given up",
                this);
        engine.aside(() -> {
            engine.transactions.abort(task.id());
            try {
                release();
            } catch (RowhouseException e) {
                engine.runs.orphaned();
            }
            abandoned = true;
            engine.watchdog.lost(this);
            engine.runs.left(this);
        });
    }

    /** Asks the task to leave this node at its next step, and does not disturb it until then. */
    void leaveAtNextStep() {
        if (interruption == null) {
            interruption = Interruption.STOP;
        }
    }

    /** The task's own thread has found that someone asked to cancel it. */
    void noteCancel() {
        if (interruption == null) {
            interruption = Interruption.CANCEL;
        }
    }

    /** Asks the task's code to end: at its next step, or where it waits. */
    void interrupt(Interruption why) {
        if (interruption == null) {
            interruption = why;
        }
        Thread running = thread;
        if (running != null) {
            running.interrupt();
        }
    }

    @Nullable Interruption interruption() {
        return interruption;
    }

    /** True the first time: its room is given back once. */
    boolean markLeft() {
        return left.compareAndSet(false, true);
    }

    /** This run has the one place for tasks that have seen a node die. */
    void holdSuspectPlace() {
        holdsSuspectPlace.set(true);
    }

    /** True if it had that place until now. */
    boolean giveSuspectPlace() {
        return holdsSuspectPlace.compareAndSet(true, false);
    }

    /** How long a wait may keep its thread. A suspect keeps others waiting, so it leaves sooner. */
    Duration linger() {
        return task.crashes() == 0 ? TaskBounds.LINGER : TaskBounds.LINGER_SUSPECT;
    }

    boolean abandoned() {
        return abandoned;
    }

    /** The carrier that its thread keeps now; null if it keeps none. */
    @Nullable String carrier() {
        Thread running = thread;
        return running == null ? null : Carriers.of(running);
    }

    /** Where its code is now. */
    StackTraceElement[] stack() {
        Thread running = thread;
        return running == null ? new StackTraceElement[0] : running.getStackTrace();
    }

    /** Whether its thread has ended. */
    boolean over() {
        Thread running = thread;
        return running != null && !running.isAlive();
    }

    /** For people. */
    @Override
    public String toString() {
        return task.id() + " (" + task.component() + "/" + task.function() + ")";
    }

    String encode(Failure failure) {
        return engine.functions.codec().encode(failure);
    }
}
