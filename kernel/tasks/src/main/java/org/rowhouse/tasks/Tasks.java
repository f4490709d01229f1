package org.rowhouse.tasks;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.StartOptions;
import org.rowhouse.api.TaskId;
import org.rowhouse.api.TaskState;
import org.rowhouse.api.spi.FunctionImage;
import org.rowhouse.api.spi.Functions;
import org.rowhouse.api.spi.Messaging;
import org.rowhouse.api.spi.Scheduling;
import org.rowhouse.store.CallStatistics;
import org.rowhouse.store.Connections;
import org.rowhouse.store.Kernel;
import org.rowhouse.store.Migration;
import org.rowhouse.store.Signals;

/**
 * The door to tasks on one node: starts them, waits for them, and runs its share of them until it
 * is closed.
 *
 * <p>Thread: any. Operations on live tasks (cancel, retry, fork and so on) are SQL functions; see
 * 0110-operations.sql.
 */
public final class Tasks implements AutoCloseable {
    /** The schema's parts that belong to tasks. */
    public static final List<Migration> MIGRATIONS =
            List.of(
                    Migration.load(Tasks.class, 100, "migrations/0100-tasks.sql"),
                    Migration.load(Tasks.class, 105, "migrations/0105-claims.sql"),
                    Migration.load(Tasks.class, 110, "migrations/0110-operations.sql"),
                    Migration.load(Tasks.class, 120, "migrations/0120-queues.sql"),
                    Migration.load(Tasks.class, 130, "migrations/0130-explain.sql"),
                    Migration.load(Tasks.class, 140, "migrations/0140-retention.sql"),
                    Migration.load(Tasks.class, 150, "migrations/0150-nodes.sql"),
                    Migration.load(Tasks.class, 160, "migrations/0160-placing.sql"),
                    Migration.load(Tasks.class, 190, "migrations/0190-listings.sql"),
                    Migration.load(Tasks.class, 195, "migrations/0195-search.sql"),
                    Migration.load(Tasks.class, 197, "migrations/0197-glances.sql"),
                    Migration.load(Tasks.class, 198, "migrations/0198-succession.sql"),
                    Migration.load(Tasks.class, 199, "migrations/0199-receiving.sql"));

    private final Engine engine;
    private final NodeLife life;
    private final ScheduleLoop schedules;
    private final Retention retention;

    /**
     * A task to start.
     *
     * @param version null for the component's current one
     * @param inputJson the parameter record as JSON
     * @param startedBy who asks
     * @param id null for a new one; a given one makes the start idempotent
     */
    public record Request(
            String component,
            @Nullable String version,
            String function,
            String inputJson,
            StartOptions options,
            String startedBy,
            @Nullable TaskId id) {}

    /**
     * How a task stands.
     *
     * @param state not an ended one if the wait was over first
     */
    public record Outcome(
            TaskId id, TaskState state, @Nullable String outputJson, @Nullable Failure error) {}

    /**
     * Enters the cluster and begins to run tasks. The schema must be up to date.
     *
     * @param signals tells other nodes; stays the caller's
     * @param scheduler chooses nodes for tasks that need more than a turn
     * @param name the node's name; the same each time it comes up
     * @param version the version of Rowhouse
     */
    public Tasks(
            Kernel kernel,
            Connections connections,
            Signals signals,
            Functions functions,
            Scheduling scheduler,
            String name,
            String version) {
        this(
                kernel,
                connections,
                signals,
                functions,
                scheduler,
                Messaging.NONE,
                NodeDescription.ofThisMachine(name, name, version));
    }

    /** The same as {@code self} says, without messages. */
    public Tasks(
            Kernel kernel,
            Connections connections,
            Signals signals,
            Functions functions,
            Scheduling scheduler,
            NodeDescription self) {
        this(kernel, connections, signals, functions, scheduler, Messaging.NONE, self);
    }

    /**
     * The same as {@code self} says.
     *
     * @param messaging carries what workflows send and receive
     * @param connections that bear the name {@code self} gives them
     * @throws RowhouseException also CONFLICT if a node of that name is up elsewhere
     */
    public Tasks(
            Kernel kernel,
            Connections connections,
            Signals signals,
            Functions functions,
            Scheduling scheduler,
            Messaging messaging,
            NodeDescription self) {
        Buckets buckets = Buckets.of(NodeLife.settings(connections));
        this.engine =
                new Engine(kernel, connections, signals, functions, buckets, scheduler, messaging);
        this.life = new NodeLife(connections, self, engine);
        engine.timers.onExpired(() -> life.mendWaits(false));
        kernel.onReconnected(engine.runs::orphaned);
        this.schedules = new ScheduleLoop(connections);
        this.retention = new Retention(connections);
        life.onSignal("schedules", schedules::signal);
        life.onSignal("settings", retention::signal);
        life.start();
        schedules.start();
        retention.start();
    }

    /** Records where this node's API answers, for people who look at the table of nodes. */
    public void answersAt(String address) {
        life.answersAt(address);
    }

    /** Calls {@code action}, which must not block, when signals of the cluster have come. */
    public void onSignals(Runnable action) {
        life.onSignals(action);
    }

    /**
     * Calls {@code action}, which must not block, each time this word comes over the channel of the
     * cluster's nodes, alone or with more words after it. A word may be lost with a connection.
     *
     * @return ends it
     */
    public AutoCloseable onSignal(String word, Runnable action) {
        return life.onSignal(word, action);
    }

    /** What system calls of this node did that the table {@code calls} does not tell yet. */
    public List<CallStatistics.Row> untoldCalls() {
        return engine.kernel.statistics().untold();
    }

    /** Tasks of a queue, in this bucket, have been placed on this node. Never blocks. */
    public void placedHere(String queue, int bucket) {
        engine.dispatcher.placedHere(queue, bucket);
    }

    /** The number of this life of the node. */
    public int node() {
        return engine.node();
    }

    /** How many tasks run on this node now. */
    public int running() {
        return engine.runs.count();
    }

    /** Whether this node may claim tasks: it has that role, and is not cordoned. */
    public boolean mayClaim() {
        return !engine.runs.cordoned();
    }

    /** Calls {@code action}, which must not block, whenever {@link #mayClaim} has changed. */
    public void onMayClaim(Runnable action) {
        engine.runs.onCordon(action);
    }

    /**
     * Calls {@code action}, with the reason as a sentence, when tasks that compute for ever have
     * left this JVM of no use: it must end the JVM, and something must start it again. Tasks that
     * are not to blame have been given back by then. Without an action the node only complains.
     */
    public void onLastResort(Consumer<String> action) {
        engine.watchdog.onLastResort(action);
    }

    /** The running tasks whose code, or what it calls, is in the method at this moment. */
    public List<String> runningIn(String className, String method) {
        return engine.runs.all().stream()
                .filter(run ->
                        Arrays.stream(run.stack())
                                .anyMatch(frame ->
                                        frame.getClassName().equals(className)
                                                && frame.getMethodName().equals(method)))
                .map(TaskRun::toString)
                .toList();
    }

    /** The runs of tasks on this node, for tests. */
    List<TaskRun> runs() {
        return engine.runs.all();
    }

    /** How many tasks someone on this node waits for, and so asks for in each beat. */
    int watched() {
        return engine.watchers.count();
    }

    /**
     * Starts a task; it is durable when this returns. A task that is known already, by its id or
     * its deduplication key, is left as it is, and its id is given.
     *
     * @throws RowhouseException NOT_FOUND for an unknown function or queue, INVALID_INPUT for an
     *     input that does not fit
     */
    public TaskId start(Request request) {
        return begin(request, false).id();
    }

    /** Starts a task and waits until it has ended; see {@link #start} and {@link #await}. */
    public Outcome run(Request request, Duration atMost) {
        Begun begun = begin(request, true);
        return outcome(begun.id, begun.outcome, atMost);
    }

    /** Starts a task as {@link #start} does, and says how it stands: a known one may have ended. */
    public Outcome started(Request request) {
        Begun begun = begin(request, false);
        return begun.state.ended()
                ? await(begun.id, Duration.ZERO)
                : new Outcome(begun.id, begun.state, null, null);
    }

    /**
     * Starts a set of tasks of one function with the same options: one statement for each few
     * hundred of them, whoever else starts something. All are durable when this returns.
     *
     * @param inputs as {@link Request#inputJson}; at most {@value TaskBounds#STARTS_MAX}
     * @throws RowhouseException what {@link #start} throws, before anything is recorded where the
     *     input is to blame; TOO_LARGE for too many
     */
    public List<TaskId> startAll(Request like, List<String> inputs) {
        if (inputs.size() > TaskBounds.STARTS_MAX) {
            throw new RowhouseException(
                    ErrorCode.TOO_LARGE,
                    "At most "
                            + TaskBounds.STARTS_MAX
                            + " tasks may be started at once, not "
                            + inputs.size()
                            + ".");
        }
        if (like.id != null || like.options.deduplication() != null) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "Tasks of a set cannot share an id or a deduplication key: start them one by"
                            + " one.");
        }
        FunctionImage image = engine.functions.find(like.component, like.version, like.function);
        List<Calls.Start> requests = new ArrayList<>(inputs.size());
        for (String input : inputs) {
            requests.add(request(like, image, image.checkInput(input)));
        }
        return engine.startHere(requests, Engine.need(like.options, image)).stream()
                .map(Engine.Begun::id)
                .toList();
    }

    /**
     * A task that is started once.
     *
     * @param name gives it its id, together with {@code epochMs}
     * @param inputJson as {@link Request#inputJson}
     */
    public record Named(String name, long epochMs, String inputJson) {
        private TaskId id(int bucket) {
            return TaskId.derived(bucket, epochMs, name, 0, 0);
        }
    }

    /**
     * Starts a set of tasks as {@link #startAll} does, each once: one that was started before, in
     * this queue, in none or in a former one, is left as it is.
     *
     * @param like without id and deduplication key
     * @param former queues that some of them may have been started in before
     * @return their ids
     */
    public List<TaskId> startOnce(Request like, Set<String> former, List<Named> set) {
        FunctionImage image = engine.functions.find(like.component, like.version, like.function);
        List<Calls.Start> requests = new ArrayList<>(set.size());
        Integer home = queue(like.options).bucket();
        for (Named each : set) {
            int bucket = home == null ? engine.buckets.homeOf(each.name) : home;
            requests.add(
                    request(
                            new Request(
                                    like.component,
                                    like.version,
                                    like.function,
                                    each.inputJson,
                                    like.options,
                                    like.startedBy,
                                    each.id(bucket)),
                            image,
                            image.checkInput(each.inputJson)));
        }
        Map<TaskId, TaskId> elsewhere = startedElsewhere(requests, former, set);
        List<Calls.Start> fresh =
                requests.stream().filter(each -> !elsewhere.containsKey(each.id())).toList();
        engine.startHere(fresh, Engine.need(like.options, image));
        return requests.stream().map(each -> elsewhere.getOrDefault(each.id(), each.id())).toList();
    }

    /**
     * Those of these starts that were made in another bucket, and the ids they got there: a queue
     * may have a bucket of its own, so where a task lives depends on the queue it was started in.
     */
    private Map<TaskId, TaskId> startedElsewhere(
            List<Calls.Start> requests, Set<String> former, List<Named> set) {
        Set<Integer> homes =
                former.stream().map(engine.buckets::homeOf).collect(Collectors.toSet());
        Map<TaskId, List<CompletableFuture<Calls.KnownTask>>> asked = new HashMap<>();
        for (int i = 0; i < set.size(); i++) {
            Named named = set.get(i);
            Calls.Start start = requests.get(i);
            Set<Integer> buckets = new HashSet<>(homes);
            buckets.add(engine.buckets.homeOf(named.name));
            buckets.remove(start.id().bucket());
            asked.put(
                    start.id(),
                    buckets.stream()
                            .map(named::id)
                            .map(id -> new Calls.Known(id, start.queue(), null))
                            .map(known -> engine.kernel.submit(Calls.KNOWN, known))
                            .toList());
        }
        Map<TaskId, TaskId> elsewhere = new HashMap<>();
        asked.forEach((id, answers) -> {
            for (CompletableFuture<Calls.KnownTask> answer : answers) {
                TaskId known = Kernel.join(answer).task();
                if (known != null) {
                    elsewhere.put(id, known);
                }
            }
        });
        return elsewhere;
    }

    private record Begun(
            TaskId id, TaskState state, @Nullable CompletableFuture<Calls.Row> outcome) {}

    private Begun begin(Request request, boolean watch) {
        FunctionImage image =
                engine.functions.find(request.component, request.version, request.function);
        Calls.Start start = request(request, image, image.checkInput(request.inputJson));
        TaskId id = start.id();
        StartOptions options = request.options;
        CompletableFuture<Calls.Row> outcome = watch ? engine.watchers.watch(id) : null;
        try {
            Engine.Begun started = engine.startHere(start, Engine.need(options, image));
            TaskId known = started.id();
            if (outcome != null && !started.fresh()) {
                engine.watchers.leave(id, outcome);
                outcome = engine.watchers.watchFromNow(known);
            }
            return new Begun(known, TaskState.ofSqlName(started.state()), outcome);
        } catch (RuntimeException e) {
            if (outcome != null) {
                engine.watchers.leave(id, outcome);
            }
            throw e;
        }
    }

    private Calls.Start request(Request request, FunctionImage image, String input) {
        StartOptions options = request.options;
        QueueTable.Queue queue = queue(options);
        TaskId id =
                request.id == null
                        ? newId(queue, options.deduplication())
                        : checked(request.id, queue, options.deduplication());
        return new Calls.Start(
                id,
                0,
                Scheduling.ANYWHERE,
                null,
                0,
                image.component(),
                image.version(),
                image.function(),
                queue.name(),
                options.priority(),
                options.partition(),
                options.deduplication(),
                null,
                null,
                null,
                id,
                options.delay() == null ? 0 : options.delay().toMillis(),
                Engine.timeoutMs(options, image),
                null,
                request.startedBy,
                input);
    }

    private QueueTable.Queue queue(StartOptions options) {
        return engine.queues.get(options.queue() == null ? QueueTable.DIRECT : options.queue());
    }

    /** A deduplication key is unique within a bucket, so it decides where there is a choice. */
    private @Nullable Integer bucket(QueueTable.Queue queue, @Nullable String deduplication) {
        return queue.bucket() == null && deduplication != null
                ? Integer.valueOf(engine.buckets.homeOf(deduplication))
                : queue.bucket();
    }

    /** A task is looked for in the bucket of its id, and in its queue's. */
    private TaskId checked(TaskId id, QueueTable.Queue queue, @Nullable String deduplication) {
        Integer bucket = bucket(queue, deduplication);
        if (id.bucket() >= engine.buckets.count() || (bucket != null && bucket != id.bucket())) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    id
                            + " is not an id for a task in queue '"
                            + queue.name()
                            + "'. Leave the id out, or make one with `select rowhouse.new_id("
                            + (bucket == null ? 0 : bucket)
                            + ")`.");
        }
        return id;
    }

    private TaskId newId(QueueTable.Queue queue, @Nullable String deduplication) {
        Integer bucket = bucket(queue, deduplication);
        return bucket == null
                ? TaskId.create(
                        engine.kernel.bucketForNew(engine.buckets.count()),
                        System.currentTimeMillis())
                : TaskId.create(bucket, System.currentTimeMillis());
    }

    /**
     * Waits until a task has ended.
     *
     * @return how it stands, also when {@code atMost} is over first
     * @throws RowhouseException NOT_FOUND
     */
    public Outcome await(TaskId id, Duration atMost) {
        if (id.bucket() >= engine.buckets.count()) {
            throw unknown(id);
        }
        return outcome(id, engine.watchers.watchFromNow(id), atMost);
    }

    private Outcome outcome(
            TaskId id, @Nullable CompletableFuture<Calls.Row> watched, Duration atMost) {
        Calls.Row row = null;
        if (watched != null) {
            try {
                row = watched.get(atMost.toNanos(), TimeUnit.NANOSECONDS);
            } catch (TimeoutException | ExecutionException e) {
                row = null; // told as it stands, below
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                engine.watchers.leave(id, watched);
            }
        }
        if (row == null) {
            row = engine.kernel.call(Calls.OUTCOMES, new Calls.Outcomes(id));
        }
        if (row.state() == null) {
            throw unknown(id);
        }
        Failure failure =
                row.error() == null
                        ? null
                        : (Failure) engine.functions.codec().decode(row.error(), Failure.class);
        return new Outcome(id, TaskState.ofSqlName(row.state()), row.output(), failure);
    }

    private static RowhouseException unknown(TaskId id) {
        return new RowhouseException(
                ErrorCode.NOT_FOUND,
                "There is no task "
                        + id
                        + ". Perhaps it ended long ago and was deleted; `rowhouse ps` lists those"
                        + " there are.");
    }

    /**
     * Stops: lets running tasks go on for a moment, gives back those that do not end, and leaves
     * the cluster.
     */
    @Override
    public void close() {
        retention.close();
        schedules.close();
        engine.runs.close();
        engine.dispatcher.close();
        long untilNs = System.nanoTime() + TaskBounds.STOP_GRACE.toNanos();
        engine.runs.awaitEmpty(untilNs);
        for (TaskRun run : engine.runs.all()) {
            run.interrupt(TaskRun.Interruption.STOP);
            try {
                run.release();
            } catch (RowhouseException e) {
                // it stays running by its row, and the next life takes it over
            }
        }
        engine.close();
        life.close();
    }
}
