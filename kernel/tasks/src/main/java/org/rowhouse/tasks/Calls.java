package org.rowhouse.tasks;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.TaskId;
import org.rowhouse.api.spi.Scheduling;
import org.rowhouse.store.SystemCall;

/**
 * The system calls on tasks: what each takes and gives. What each does stands in the {@code .sql}
 * file of its name; the orders are those in which a task makes them.
 */
final class Calls {
    private Calls() {}

    static final String DONE = "done";
    static final String AGAIN = "again";
    static final String FENCED = "fenced";

    /** Someone has asked to cancel the task; what that means stands with each call. */
    static final String CANCEL = "cancel";

    static final SystemCall<Start, Optional<Started>> START =
            SystemCall.loadDone(
                    "start",
                    10,
                    Start.class,
                    Started.class,
                    start -> start.deduplication() != null);
    static final SystemCall<Known, KnownTask> KNOWN =
            SystemCall.load("known", 12, Known.class, KnownTask.class);
    static final SystemCall<RecordStep, Optional<Recorded>> RECORD =
            SystemCall.loadDone(
                    "record", 20, RecordStep.class, Recorded.class, step -> step.attempts() > 1);
    static final SystemCall<LogLine, Stored> LOG =
            SystemCall.load("log", 25, LogLine.class, Stored.class);
    static final SystemCall<Finish, Optional<Ended>> FINISH =
            SystemCall.loadDone("finish", 40, Finish.class, Ended.class);
    static final SystemCall<Standing, Stands> STANDING =
            SystemCall.load("standing", 42, Standing.class, Stands.class);
    static final SystemCall<Suspend, Settled> SUSPEND =
            SystemCall.load("suspend", 40, Suspend.class, Settled.class);
    static final SystemCall<Release, Settled> RELEASE =
            SystemCall.load("release", 45, Release.class, Settled.class);
    static final SystemCall<Claim, List<Claimed>> CLAIM =
            SystemCall.loadMany("claim", 60, Claim.class, Claimed.class);
    static final SystemCall<Claim, List<Claimed>> CLAIM_LIMITED =
            SystemCall.loadMany("claim_limited", 60, Claim.class, Claimed.class);
    static final SystemCall<ClaimNext, List<Claimed>> CLAIM_NEXT =
            SystemCall.loadMany("claim_next", 60, ClaimNext.class, Claimed.class);
    static final SystemCall<Delivered, List<Claimed>> DELIVERED =
            SystemCall.loadMany("delivered", 61, Delivered.class, Claimed.class);
    static final SystemCall<Steps, List<StepRow>> STEPS =
            SystemCall.loadMany("steps", 50, Steps.class, StepRow.class);
    static final SystemCall<Outcomes, Row> OUTCOMES =
            SystemCall.load("outcomes", 70, Outcomes.class, Row.class);
    static final SystemCall<Left, Unended> CHILDREN_LEFT =
            SystemCall.load("children_left", 55, Left.class, Unended.class);
    static final SystemCall<WakeParent, Woken> WAKE_PARENT =
            SystemCall.load("wake_parent", 58, WakeParent.class, Woken.class);
    static final SystemCall<WakeReceiver, WokenReceiver> WAKE_RECEIVER =
            SystemCall.load("wake_receiver", 58, WakeReceiver.class, WokenReceiver.class);
    static final SystemCall<Most, Due> WAKE = SystemCall.load("wake", 57, Most.class, Due.class);
    static final SystemCall<Most, Expired> EXPIRE =
            SystemCall.load("expire", 56, Most.class, Expired.class);
    static final SystemCall<Takeover, Taken> TAKEOVER =
            SystemCall.load("takeover", 54, Takeover.class, Taken.class);
    static final SystemCall<Unwatched, List<Waiter>> UNWATCHED =
            SystemCall.loadMany("unwatched", 59, Unwatched.class, Waiter.class);

    static final SystemCall<RunningOf, List<RunningTask>> RUNNING =
            SystemCall.loadMany("running", 53, RunningOf.class, RunningTask.class);

    /** All of them, for the test that explains each. */
    static final List<SystemCall<?, ?>> ALL =
            List.of(
                    START,
                    KNOWN,
                    RECORD,
                    LOG,
                    FINISH,
                    STANDING,
                    SUSPEND,
                    RELEASE,
                    CLAIM,
                    CLAIM_LIMITED,
                    CLAIM_NEXT,
                    DELIVERED,
                    STEPS,
                    OUTCOMES,
                    CHILDREN_LEFT,
                    WAKE_PARENT,
                    WAKE_RECEIVER,
                    WAKE,
                    EXPIRE,
                    TAKEOVER,
                    UNWATCHED,
                    RUNNING);

    /**
     * A new task. {@code node} 0 leaves it to the queue; otherwise that node runs it at once. The
     * rest of its place as in {@link org.rowhouse.api.spi.Scheduling.Place}.
     */
    record Start(
            TaskId id,
            int node,
            int placed,
            @Nullable Integer need,
            long devices,
            String component,
            String version,
            String function,
            String queue,
            int priority,
            @Nullable String partition,
            @Nullable String deduplication,
            @Nullable TaskId parent,
            @Nullable Integer parentStep,
            @Nullable Integer parentPosition,
            TaskId root,
            long delayMs,
            @Nullable Long timeoutMs,
            @Nullable Instant deadline,
            String startedBy,
            String input) {
        /** The same in this place, run at once by {@code node} unless that is 0. */
        Start at(int node, Scheduling.Place place) {
            return new Start(
                    id,
                    node,
                    place.node(),
                    place.need(),
                    place.devices(),
                    component,
                    version,
                    function,
                    queue,
                    priority,
                    partition,
                    deduplication,
                    parent,
                    parentStep,
                    parentPosition,
                    root,
                    delayMs,
                    timeoutMs,
                    deadline,
                    startedBy,
                    input);
        }

        Scheduling.Place place() {
            return new Scheduling.Place(need, placed, devices);
        }
    }

    /** A task that was recorded; node 0 if none runs it. */
    record Started(
            String state,
            int attempt,
            int node,
            @Nullable Instant deadline,
            @Nullable Long deadlineMs) {}

    record Known(TaskId id, String queue, @Nullable String deduplication) {}

    /** What a start met instead; no task if that has ended meanwhile. */
    record KnownTask(
            @Nullable TaskId task,
            @Nullable String state,
            int attempt,
            int node,
            @Nullable Instant deadline,
            @Nullable Long deadlineMs) {}

    /** A step's try: its result if done, else what went wrong and the pause before the next one. */
    record RecordStep(
            TaskId id,
            int node,
            int number,
            String kind,
            String name,
            int attempts,
            boolean done,
            long durationUs,
            @Nullable Long wakeMs,
            @Nullable String output,
            @Nullable String error) {}

    record Recorded(boolean cancel) {}

    /** Log lines have no order among a task's other calls, so the task stands after the bucket. */
    record LogLine(int bucket, UUID task, int attempt, int number, String line) {}

    record Stored(boolean stored) {}

    record Finish(
            TaskId id,
            int attempt,
            int node,
            String state,
            @Nullable String output,
            @Nullable String error) {}

    record Ended(boolean cancel) {}

    record Standing(TaskId id) {}

    record Stands(@Nullable String state, int attempt, boolean alive, boolean cancel) {}

    /** Puts a task aside; {@code wakeMs} null waits for the children of {@code step}. */
    record Suspend(
            TaskId id,
            int attempt,
            String cause,
            @Nullable Integer step,
            @Nullable Integer child,
            @Nullable Long wakeMs,
            @Nullable String error) {}

    record Release(TaskId id, int attempt) {}

    record Settled(String outcome) {}

    /** Asks for what is placed on the node ({@code mine}), or for what any node may claim. */
    record Claim(int bucket, String queue, int node, boolean mine, int room, boolean suspects) {}

    /** Asks for the next task of a class of need, for the place that one of them has left. */
    record ClaimNext(int bucket, String queue, int node, int need, long devices) {}

    /** Asks for a task that a start elsewhere has claimed for this node. */
    record Delivered(TaskId id, int node) {}

    record Claimed(
            TaskId id,
            int attempt,
            int crashes,
            String component,
            String version,
            String function,
            String queue,
            @Nullable TaskId parent,
            @Nullable Integer parentStep,
            @Nullable Integer parentPosition,
            TaskId root,
            boolean forked,
            @Nullable Instant deadline,
            @Nullable Long deadlineMs,
            @Nullable Integer need,
            long devices,
            String input) {}

    record Steps(TaskId id) {}

    record StepRow(
            int number,
            String kind,
            String name,
            int attempts,
            boolean done,
            @Nullable String output,
            @Nullable String error,
            @Nullable Long wakeMs) {}

    record Outcomes(TaskId id) {}

    record Row(@Nullable String state, @Nullable String output, @Nullable String error) {}

    record Left(int bucket, TaskId parent, int step) {}

    record Unended(int unended) {}

    record WakeParent(TaskId id, int step, @Nullable Integer child) {}

    record Woken(String outcome, @Nullable String queue) {}

    record WakeReceiver(TaskId id) {}

    record WokenReceiver(String outcome, @Nullable String queue, int node) {}

    record Most(int bucket, int most) {}

    record Due(int woken, @Nullable String queues, @Nullable Long nextMs) {}

    record Expired(int expired, @Nullable Long nextMs) {}

    record Takeover(int bucket, int node, int crashesMax, int most) {}

    record Taken(int taken, @Nullable String queues) {}

    record Unwatched(int bucket, int most, TaskId after) {}

    record Waiter(TaskId id, int waitingStep, @Nullable Integer waitingPosition, int children) {}

    record RunningOf(int bucket, int node, int most) {}

    record RunningTask(TaskId id, int attempt) {}
}
