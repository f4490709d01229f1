package org.rowhouse.tasks;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.Need;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.StartOptions;
import org.rowhouse.api.TaskId;
import org.rowhouse.api.TaskState;
import org.rowhouse.api.spi.FunctionImage;
import org.rowhouse.api.spi.Functions;
import org.rowhouse.api.spi.Messaging;
import org.rowhouse.api.spi.Scheduling;
import org.rowhouse.store.Connections;
import org.rowhouse.store.Kernel;
import org.rowhouse.store.Signals;

/** The parts that run tasks on one node, wired together. */
final class Engine implements AutoCloseable {
    final Kernel kernel;
    final Signals signals;
    final Scheduling scheduler;
    final Messaging messaging;
    final Functions functions;
    final QueueTable queues;
    final Buckets buckets;
    final Runs runs;
    final Dispatcher dispatcher;
    final Succession succession;
    final Timers timers;
    final Joins joins;
    final Watchers watchers;
    final Transactions transactions;
    final Orphans orphans;
    final Watchdog watchdog;
    private final Set<TaskId> delivering = ConcurrentHashMap.newKeySet();
    private final ExecutorService aside;
    private final ScheduledThreadPoolExecutor alarms;
    private volatile int node;

    Engine(
            Kernel kernel,
            Connections connections,
            Signals signals,
            Functions functions,
            Buckets buckets,
            Scheduling scheduler,
            Messaging messaging) {
        this.kernel = kernel;
        this.signals = signals;
        this.scheduler = scheduler;
        this.messaging = messaging;
        this.functions = functions;
        this.buckets = buckets;
        this.queues = new QueueTable(connections);
        this.dispatcher = new Dispatcher(this);
        this.runs =
                new Runs(dispatcher::roomMade, dispatcher::placeMade, this::crowded, this::left);
        this.succession = new Succession(this);
        this.joins = new Joins(kernel, dispatcher::ready, runs::orphaned);
        this.watchers = new Watchers(kernel);
        this.timers = new Timers(kernel, buckets, dispatcher::ready);
        this.transactions = new Transactions(connections);
        this.orphans = new Orphans(connections);
        this.watchdog = new Watchdog(this);
        this.aside =
                Executors.newSingleThreadExecutor(
                        Thread.ofPlatform().name("rowhouse-aside").daemon(true).factory());
        this.alarms =
                new ScheduledThreadPoolExecutor(
                        1, Thread.ofPlatform().name("rowhouse-alarms").daemon(true).factory());
        alarms.setRemoveOnCancelPolicy(true);
        messaging.onWake(this::wakeReceiver);
    }

    private boolean crowded() {
        return watchdog.crowded();
    }

    private void left(TaskRun run) {
        if (run.task.need() != null && !succession.follow(run)) {
            scheduler.left(run.task.id());
        }
    }

    /** The number of this life of the node. */
    int node() {
        return node;
    }

    /** How the signal begins that names tasks which run on this node since their start. */
    String runHere() {
        return "run " + node + " ";
    }

    /** How the signal begins that tasks of a queue have been placed on this node. */
    String placedHere() {
        return "placed " + node + " ";
    }

    /** How the signal begins that tasks may follow others of their class at their places. */
    static final String NEXT = "next ";

    /** Begins to run tasks, as this life of the node. */
    void start(int node) {
        this.node = node;
        messaging.born(node);
        dispatcher.start();
        timers.start();
        orphans.start();
        watchdog.start();
    }

    /** The node begins another life: its lease had run out. */
    void reborn(int node) {
        this.node = node;
        messaging.born(node);
    }

    /**
     * A message came for a workflow: makes it ready if it was put aside for one; harmless if it was
     * not. Does not block.
     */
    void wakeReceiver(TaskId task) {
        var _ =
                kernel.submit(Calls.WAKE_RECEIVER, new Calls.WakeReceiver(task))
                        .whenComplete((woken, error) -> {
                            if (woken == null) {
                                runs.orphaned(); // the next round mends it
                            } else if (woken.outcome().equals(Calls.AGAIN)) {
                                wakeReceiver(task);
                            } else if (woken.queue() != null) {
                                dispatcher.ready(woken.queue());
                                if (runs.full()) {
                                    othersMayClaim(woken.queue());
                                }
                            } else if (woken.node() != 0) {
                                messaging.arrivedAt(woken.node(), task);
                            }
                        });
    }

    /** Runs {@code action}, which must not block, after a while; cancelling it frees it. */
    Future<?> alarm(Duration after, Runnable action) {
        ScheduledFuture<?> alarm = alarms.schedule(action, after.toNanos(), TimeUnit.NANOSECONDS);
        return alarm;
    }

    /** Does what may block but must not depend on a carrier, one after the other. */
    void aside(Runnable action) {
        aside.execute(action);
    }

    /**
     * A task that a start recorded or met.
     *
     * @param fresh false if it was known already
     */
    record Begun(
            TaskId id,
            boolean fresh,
            String state,
            int attempt,
            int node,
            @Nullable Instant deadline,
            @Nullable Long deadlineMs) {
        static Begun fresh(TaskId id, Calls.Started started) {
            return new Begun(
                    id,
                    true,
                    started.state(),
                    started.attempt(),
                    started.node(),
                    started.deadline(),
                    started.deadlineMs());
        }
    }

    /**
     * Records a task, unless it is known already. Who meets another start for the same id or key at
     * that very moment asks again: the other's row is there then, or gone.
     *
     * @throws RowhouseException CONFLICT if the key changes hands again and again
     */
    Begun begin(Calls.Start request) {
        for (int tries = 0; tries < TaskBounds.START_TRIES_MAX; tries++) {
            Optional<Calls.Started> recorded = kernel.call(Calls.START, request);
            if (recorded.isPresent()) {
                return Begun.fresh(request.id(), recorded.get());
            }
            Calls.KnownTask known =
                    kernel.call(
                            Calls.KNOWN,
                            new Calls.Known(
                                    request.id(), request.queue(), request.deduplication()));
            if (known.task() != null && known.state() != null) {
                return new Begun(
                        known.task(),
                        false,
                        known.state(),
                        known.attempt(),
                        known.node(),
                        known.deadline(),
                        known.deadlineMs());
            }
        }
        throw new RowhouseException(
                ErrorCode.CONFLICT,
                (request.deduplication() == null
                                ? "Task " + request.id()
                                : "The deduplication key '" + request.deduplication() + "'")
                        + " is changing hands. Try again.");
    }

    /**
     * A start that has its place.
     *
     * @param request as the call gets it
     * @param room whether room was taken for it here
     */
    private record Asked(Calls.Start request, boolean room) {}

    /**
     * Starts a task. It runs at once on the node that it is placed on, this one if it needs
     * nothing, if there is room and nobody in its queue comes first; otherwise it is ready for
     * later.
     */
    Begun startHere(Calls.Start request, Need need) {
        Asked asked = ask(request, need);
        Begun begun;
        try {
            begun = begin(asked.request);
        } catch (RuntimeException e) {
            failed(asked);
            throw e;
        }
        return follow(asked, begun);
    }

    /** Starts a set of tasks that need the same, as {@link #startHere} does each. */
    List<Begun> startHere(List<Calls.Start> requests, Need need) {
        List<Asked> set = requests.stream().map(request -> ask(request, need)).toList();
        List<CompletableFuture<Optional<Calls.Started>>> answers =
                set.stream().map(asked -> kernel.submit(Calls.START, asked.request)).toList();
        List<Begun> begun = new ArrayList<>(set.size());
        RuntimeException failure = null;
        for (int i = 0; i < set.size(); i++) {
            Asked asked = set.get(i);
            try {
                Optional<Calls.Started> recorded = Kernel.join(answers.get(i));
                begun.add(
                        follow(
                                asked,
                                recorded.isPresent()
                                        ? Begun.fresh(asked.request.id(), recorded.get())
                                        : begin(asked.request)));
            } catch (RuntimeException e) {
                failed(asked);
                failure = e; // the others have places and rows of their own
            }
        }
        if (failure != null) {
            throw failure;
        }
        return begun;
    }

    private Asked ask(Calls.Start request, Need need) {
        Calls.Start placed = placed(request, need);
        if (placed.delayMs() > 0
                || placed.placed() == Scheduling.UNPLACED
                || !dispatcher.mayPassBy(placed.queue(), placed.id().bucket())) {
            return new Asked(placed, false);
        }
        if (placed.placed() != Scheduling.ANYWHERE && placed.placed() != node) {
            return new Asked(placed.at(placed.placed(), placed.place()), false);
        }
        return runs.takeRoom(1) == 1
                ? new Asked(placed.at(node, placed.place()), true)
                : new Asked(placed, false);
    }

    private void failed(Asked asked) {
        if (hasPlace(asked.request)) {
            scheduler.dropped(asked.request.id());
        }
        if (asked.room) {
            runs.orphaned();
            runs.giveRoom(1);
        }
    }

    private Begun follow(Asked asked, Begun begun) {
        Calls.Start request = asked.request;
        boolean running = begun.state().equals("running") && begun.attempt() == 1;
        boolean ours = running && begun.node() == node;
        if (hasPlace(request) && begun.fresh()) {
            scheduler.recorded(request.id());
        }
        if (asked.room && ours && begun.fresh()) {
            runs.start(
                    new TaskRun(this, claimed(request, begun), begun.node(), false).startedHere());
            return begun;
        }
        if (asked.room) {
            runs.giveRoom(1);
        } else if (request.delayMs() == 0 && request.placed() == Scheduling.ANYWHERE) {
            dispatcher.queueUp(request.queue(), request.id().bucket());
        }
        if (ours && !runs.runsHere(begun.id())) {
            // Recorded by a try whose answer was lost, or just being started, or ended by now.
            runs.orphaned();
        }
        if (begun.fresh() && running && begun.node() == request.placed()) {
            scheduler.assigned(begun.node(), begun.id());
            return begun;
        }
        tellPlace(request, begun.fresh());
        if (begun.fresh()) {
            startedLater(
                    request.queue(), request.id().bucket(), Duration.ofMillis(request.delayMs()));
        }
        return begun;
    }

    /**
     * Runs tasks that starts elsewhere have claimed for this node. Does not block. On the thread of
     * the node's life, which also gives back what runs by its row alone: not what is on its way.
     */
    void deliver(List<TaskId> ids) {
        int self = node;
        for (TaskId id : ids) {
            delivering.add(id);
            var _ =
                    kernel.submit(Calls.DELIVERED, new Calls.Delivered(id, self))
                            .whenComplete((tasks, error) -> {
                                if (error != null || tasks == null) {
                                    runs.orphaned(); // it is given back, by its row
                                    delivering.remove(id);
                                } else if (tasks.isEmpty()) {
                                    delivering.remove(id);
                                } else {
                                    runDelivered(tasks.getFirst(), self);
                                }
                            });
        }
    }

    /** Whether the task runs here or is on its way to its thread. */
    boolean isHere(TaskId id) {
        return delivering.contains(id) || runs.runsHere(id);
    }

    private void runDelivered(Calls.Claimed task, int self) {
        if (runs.takeRoom(1) == 1) {
            runs.start(new TaskRun(this, task, self, task.attempt() > 1 || task.forked()));
            delivering.remove(task.id());
        } else if (node != self || runs.isShut()) {
            runs.orphaned();
            delivering.remove(task.id());
        } else {
            // A crowded moment: its place here is its own, so it waits for its room.
            var _ = alarm(TaskBounds.ROOM_PAUSE, () -> runDelivered(task, self));
        }
    }

    /** These queues, one to a line, have ready tasks that other nodes may have room for. */
    void othersMayClaim(@Nullable String queues) {
        if (queues != null) {
            queues.lines().forEach(queue -> signals.say("ready " + queue));
        }
    }

    /** What a start asks for, or else the function. */
    static Need need(StartOptions options, FunctionImage image) {
        return options.need() == null ? image.need() : options.need();
    }

    /** The start with the place that the scheduler chooses for the task. */
    Calls.Start placed(Calls.Start request, Need need) {
        return need.equals(Need.NOTHING)
                ? request
                : request.at(
                        0,
                        scheduler.place(
                                request.id(), need, request.queue(), request.delayMs() == 0));
    }

    /** Whether the scheduler has taken a part of a node for the task. */
    private static boolean hasPlace(Calls.Start request) {
        return request.placed() != Scheduling.ANYWHERE && request.placed() != Scheduling.UNPLACED;
    }

    /** A start that did not ask to run at once was made: says what became of its place. */
    void placedLater(Calls.Start request, boolean fresh) {
        if (hasPlace(request) && fresh) {
            scheduler.recorded(request.id());
        }
        tellPlace(request, fresh);
    }

    /**
     * Says what became of the place of a start. One that met its own task, which is known already,
     * has no place of its own to give back, unless it got one.
     */
    private void tellPlace(Calls.Start request, boolean fresh) {
        if (request.placed() == Scheduling.ANYWHERE) {
            return;
        }
        if (!fresh) {
            if (hasPlace(request)) {
                scheduler.dropped(request.id());
            }
        } else if (request.placed() == node) {
            dispatcher.placedHere(request.queue(), request.id().bucket());
        } else if (request.placed() != Scheduling.UNPLACED) {
            scheduler.placed(request.placed(), request.queue(), request.id().bucket());
        } else if (request.delayMs() == 0) {
            scheduler.waits(request.queue());
        }
    }

    /** A task was started that waits in a queue or for its time. */
    void startedLater(String queue, int bucket, @Nullable Duration delay) {
        if (delay != null && delay.isPositive()) {
            timers.dueIn(bucket, delay.toMillis());
        } else {
            dispatcher.ready(queue);
            if (runs.full()) {
                othersMayClaim(queue);
            }
        }
    }

    /** The task as a claim would have given it. */
    private static Calls.Claimed claimed(Calls.Start request, Begun begun) {
        return new Calls.Claimed(
                request.id(),
                1,
                0,
                request.component(),
                request.version(),
                request.function(),
                request.queue(),
                request.parent(),
                request.parentStep(),
                request.parentPosition(),
                request.root(),
                false,
                begun.deadline(),
                begun.deadlineMs(),
                request.need(),
                request.devices(),
                request.input());
    }

    /** What the start asks for, or else the function; null for no time-out. */
    static @Nullable Long timeoutMs(StartOptions options, FunctionImage image) {
        Duration timeout = options.timeout() == null ? image.timeout() : options.timeout();
        return timeout == null ? null : Math.max(timeout.toMillis(), 1);
    }

    /**
     * A task has ended, durably: tells whoever waits for it.
     *
     * @param cancel whether someone had asked to cancel it, however it ended
     */
    void ended(
            TaskRun run,
            TaskState state,
            @Nullable String output,
            @Nullable String error,
            boolean cancel) {
        Calls.Claimed task = run.task;
        watchers.ended(task.id(), state, output, error);
        if (run.awaitedElsewhere()) {
            signals.say(NodeLife.DONE, task.id().toString());
        }
        if (cancel) {
            orphans.signal();
        }
        if (task.parent() != null && task.parentStep() != null && task.parentPosition() != null) {
            TaskRun parent = runs.find(task.parent());
            if (parent == null || parent.aside()) {
                joins.wake(task.parent(), task.parentStep(), task.parentPosition());
            }
            joins.childEnded(new Joins.Step(task.parent(), task.parentStep(), task.id().bucket()));
        }
        messaging.ended(task.id(), task.component(), task.function());
        slotFreed(task.queue());
    }

    /** A task of the queue runs no longer. */
    void slotFreed(String name) {
        QueueTable.Queue queue = queues.find(name);
        if (queue != null && queue.limited()) {
            dispatcher.ready(name);
        }
    }

    @Override
    public void close() {
        watchdog.close();
        dispatcher.close();
        timers.close();
        alarms.shutdownNow();
        aside.shutdown();
        transactions.close();
        orphans.close();
    }
}
