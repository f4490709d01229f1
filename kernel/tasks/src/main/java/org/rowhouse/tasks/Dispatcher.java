package org.rowhouse.tasks;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.store.Kernel;

/**
 * Claims ready tasks for this node and runs them.
 *
 * <p>Tables: none directly; the calls CLAIM and CLAIM_LIMITED. Invariant: a queue that has ready
 * tasks and may be claimed from is in {@code hot}, or will be put there by a signal, by an end that
 * frees a slot, or by the next beat. Thread: its own platform thread; {@link #ready} may be called
 * by any. It waits while nothing is hot or the node is full. Failure: a claim that fails leaves the
 * queue hot; a claim whose answer was lost is found again as orphans.
 */
final class Dispatcher implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Dispatcher.class.getName());

    private final Engine engine;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Set<Source> hot = new LinkedHashSet<>();
    private final Set<Source> awaitingPlace = new LinkedHashSet<>();
    private final Set<String> asked = new HashSet<>();
    private final Set<Place> queuedUp = ConcurrentHashMap.newKeySet();
    private boolean suspects;
    private long suspectsUntilNs = System.nanoTime();
    private long trustUntilNs = System.nanoTime();
    private int survived; // suspects that ran alone for their time since then
    private boolean closing;
    private final Thread thread;

    /** A queue in a bucket, as it was last read; what is placed here, or what anyone may claim. */
    private record Source(QueueTable.Queue queue, int bucket, boolean mine) {
        Place place() {
            return new Place(queue.name(), bucket);
        }
    }

    /** The same, whatever its settings. */
    private record Place(String queue, int bucket) {}

    /** A claim on its way. */
    private record Asked(
            Source source, int room, int node, CompletableFuture<List<Calls.Claimed>> answer) {}

    Dispatcher(Engine engine) {
        this.engine = engine;
        this.thread =
                Thread.ofPlatform().name("rowhouse-dispatcher").daemon(true).unstarted(this::serve);
    }

    void start() {
        thread.start();
    }

    /** The queue may have ready tasks that any node may claim. */
    void ready(String name) {
        look(name, false);
    }

    /** The queue may have ready tasks that are placed on this node. */
    void placedHere(String name) {
        look(name, true);
    }

    /** The queue may have such tasks in this bucket: one claim instead of one for each bucket. */
    void placedHere(String name, int bucket) {
        QueueTable.Queue queue = engine.queues.find(name);
        if (queue == null || queue.paused()) {
            return;
        }
        lock.lock();
        try {
            if (hot.add(new Source(queue, bucket, true))) {
                changed.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    private void look(String name, boolean mine) {
        QueueTable.Queue queue = engine.queues.find(name);
        if (queue == null || queue.paused()) {
            return;
        }
        lock.lock();
        try {
            boolean fresh = false;
            if (queue.bucket() != null) {
                fresh = hot.add(new Source(queue, queue.bucket(), mine));
            } else {
                for (int bucket = 0; bucket < engine.buckets.count(); bucket++) {
                    fresh |= hot.add(new Source(queue, bucket, mine));
                }
            }
            if (fresh) {
                changed.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    /** All queues may have ready tasks, those that saw a node die among them. */
    void lookEverywhere() {
        lock.lock();
        try {
            suspects = true;
        } finally {
            lock.unlock();
        }
        engine.queues
                .all()
                .forEach(queue -> {
                    ready(queue.name());
                    placedHere(queue.name());
                });
    }

    /**
     * A node has died, or a task that saw one die is about: looks for such suspects whenever a
     * queue may have ready tasks.
     */
    void expectSuspects() {
        lock.lock();
        try {
            suspectsUntilNs = System.nanoTime() + TaskBounds.SUSPICION.toNanos();
        } finally {
            lock.unlock();
        }
    }

    /**
     * A node has fallen silent: looks for suspects as {@link #expectSuspects} does. Its machine or
     * its line is more likely to blame than any of its tasks, so each suspect that this node
     * survives halves the time that the next one runs alone.
     */
    void expectSuspectsOfASilentNode() {
        expectSuspects();
        lock.lock();
        try {
            trustUntilNs = suspectsUntilNs;
            survived = 0;
        } finally {
            lock.unlock();
        }
    }

    /** How long a suspect runs before the next one may run beside it. */
    private Duration aloneFor(int crashes) {
        lock.lock();
        try {
            if (crashes <= 1 && System.nanoTime() - trustUntilNs < 0) {
                long ns = TaskBounds.SUSPECT_ALONE_TRUSTED.toNanos() >> Math.min(survived++, 20);
                return Duration.ofNanos(Math.max(ns, 1_000_000));
            }
        } finally {
            lock.unlock();
        }
        long times = (long) Math.pow(5, Math.clamp(crashes - 1, 0, 3));
        return TaskBounds.SUSPECT_ALONE.multipliedBy(times);
    }

    /** The next suspect may run. */
    void placeMade() {
        lock.lock();
        try {
            if (hot.addAll(awaitingPlace)) {
                changed.signal();
            }
            awaitingPlace.clear();
        } finally {
            lock.unlock();
        }
    }

    /** A full node has room again. */
    void roomMade() {
        lock.lock();
        try {
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Whether a new task may run without waiting in its queue: none is known to wait there for
     * long, and the queue has no limits as far as this node knows. The table has the last word.
     */
    boolean mayPassBy(String name, int bucket) {
        QueueTable.Queue queue = engine.queues.find(name);
        return queue != null
                && !queue.paused()
                && !queue.limited()
                && !queuedUp.contains(new Place(name, bucket));
    }

    /** There was no room for a task: those that follow wait behind it. */
    void queueUp(String name, int bucket) {
        queuedUp.add(new Place(name, bucket));
    }

    private void serve() {
        while (true) {
            List<Source> sources = nextSources();
            if (sources.isEmpty()) {
                return;
            }
            try {
                claimFrom(sources);
            } catch (RowhouseException e) {
                LOG.log(System.Logger.Level.WARNING, "claims failed: {0}", e.getMessage());
                engine.runs.orphaned();
                sources.forEach(source -> again(source, Duration.ofMillis(200)));
            }
        }
    }

    /** Waits for something to claim and room for it; empty when the node stops. */
    private List<Source> nextSources() {
        lock.lock();
        try {
            while (!closing && (hot.isEmpty() || engine.runs.full())) {
                askOthers();
                changed.awaitUninterruptibly();
            }
            asked.clear();
            List<Source> sources = new ArrayList<>();
            Iterator<Source> next = hot.iterator();
            while (!closing && next.hasNext() && sources.size() < TaskBounds.SOURCES_MAX) {
                sources.add(next.next());
                next.remove();
            }
            return sources;
        } finally {
            lock.unlock();
        }
    }

    /** This node is full: others may have room for what it cannot run now. */
    private void askOthers() {
        for (Source source : hot) {
            if (!source.mine && asked.add(source.queue.name())) {
                engine.signals.say("ready " + source.queue.name());
            }
        }
    }

    private void claimFrom(List<Source> sources) {
        List<Asked> claims = new ArrayList<>();
        int share = Math.max(1, TaskBounds.RUNNING_MAX / (2 * sources.size()));
        for (Source source : sources) {
            int room = engine.runs.takeRoom(Math.min(TaskBounds.CLAIM_MAX, share));
            if (room == 0) {
                again(source, Duration.ZERO);
            } else {
                claims.add(claim(source, room, false));
            }
        }
        boolean lookAtSuspects = takeSuspects();
        RowhouseException failure = null;
        for (Asked asked : claims) {
            try {
                follow(asked);
                if (lookAtSuspects) {
                    claimSuspect(asked.source);
                }
            } catch (RowhouseException e) {
                failure = e; // the other claims have tasks and room of their own
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    private void follow(Asked asked) {
        int claimed = run(asked);
        if (claimed == asked.room) {
            if (!asked.source.mine) {
                queuedUp.add(asked.source.place());
            }
            again(asked.source, Duration.ZERO);
            return;
        }
        if (!asked.source.mine) {
            queuedUp.remove(asked.source.place());
        }
        Double rate = asked.source.queue.ratePerSecond();
        if (rate != null) {
            again(asked.source, Duration.ofMillis(Math.clamp((long) (1000 / rate), 5, 1000)));
        }
    }

    private Asked claim(Source source, int room, boolean suspects) {
        int node = engine.node();
        var request =
                new Calls.Claim(
                        source.bucket, source.queue.name(), node, source.mine, room, suspects);
        return new Asked(
                source,
                room,
                node,
                engine.kernel.submit(
                        source.queue.limited() ? Calls.CLAIM_LIMITED : Calls.CLAIM, request));
    }

    /** Runs what a claim gives; gives how many. */
    private int run(Asked asked) {
        List<Calls.Claimed> claimed;
        try {
            claimed = Kernel.join(asked.answer);
        } catch (RowhouseException e) {
            engine.runs.giveRoom(asked.room);
            throw e;
        }
        engine.runs.giveRoom(asked.room - claimed.size());
        for (Calls.Claimed task : claimed) {
            engine.runs.start(
                    new TaskRun(engine, task, asked.node, task.attempt() > 1 || task.forked()));
        }
        return claimed.size();
    }

    private boolean takeSuspects() {
        lock.lock();
        try {
            boolean look = suspects || System.nanoTime() - suspectsUntilNs < 0;
            suspects = false;
            return look;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Claims a task that has seen a node die, and more of them as long as each may be followed by
     * the next at once. While one runs alone, the queue waits for its place.
     */
    private void claimSuspect(Source source) {
        awaitPlace(source);
        if (!engine.runs.takeSuspectPlace()) {
            return;
        }
        for (int i = 0; i < TaskBounds.CLAIM_MAX; i++) {
            TaskRun run = nextSuspect(source);
            if (run == null) {
                return;
            }
            Duration alone = aloneFor(run.task.crashes());
            if (alone.compareTo(TaskBounds.SUSPECT_BRISK) > 0) {
                run.holdSuspectPlace();
                var _ = engine.alarm(alone, () -> engine.runs.giveSuspectPlace(run));
                engine.runs.start(run);
                return;
            }
            engine.runs.start(run);
        }
        engine.runs.giveSuspectPlace();
    }

    /** Claims one suspect in the place for them; null, without the place, if there is none. */
    private @Nullable TaskRun nextSuspect(Source source) {
        if (engine.runs.takeRoom(1) == 0) {
            engine.runs.giveSuspectPlace();
            return null;
        }
        List<Calls.Claimed> claimed;
        Asked asked = claim(source, 1, true);
        try {
            claimed = Kernel.join(asked.answer);
        } catch (RowhouseException e) {
            engine.runs.giveRoom(1);
            engine.runs.giveSuspectPlace();
            throw e;
        }
        if (claimed.isEmpty()) {
            engine.runs.giveRoom(1);
            noSuspect(source);
            engine.runs.giveSuspectPlace();
            return null;
        }
        expectSuspects();
        return new TaskRun(engine, claimed.getFirst(), asked.node, true);
    }

    private void awaitPlace(Source source) {
        lock.lock();
        try {
            awaitingPlace.add(source);
        } finally {
            lock.unlock();
        }
    }

    private void noSuspect(Source source) {
        lock.lock();
        try {
            awaitingPlace.remove(source);
        } finally {
            lock.unlock();
        }
    }

    private void again(Source source, Duration after) {
        if (after.isPositive()) {
            var _ = engine.alarm(after, () -> look(source.queue.name(), source.mine));
        } else {
            QueueTable.Queue now = engine.queues.find(source.queue.name());
            if (now == null) {
                return;
            }
            lock.lock();
            try {
                hot.add(new Source(now, source.bucket, source.mine));
            } finally {
                lock.unlock();
            }
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closing = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        try {
            thread.join(TaskBounds.STOP_GRACE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
