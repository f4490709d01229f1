package org.rowhouse.tasks;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.TaskId;

/** The tasks that run on this node now, and the room for more. */
final class Runs {
    private final Map<TaskId, TaskRun> runs = new ConcurrentHashMap<>();
    private final AtomicInteger taken = new AtomicInteger();
    private final AtomicBoolean suspect = new AtomicBoolean();
    private final AtomicBoolean orphans = new AtomicBoolean();
    private final Runnable roomMade;
    private final Runnable placeMade;
    private final BooleanSupplier crowded;
    private final Consumer<TaskRun> left;
    private volatile boolean closed;
    private volatile boolean cordoned;
    private volatile Runnable cordonChanged = () -> {};

    /**
     * @param roomMade told when a full node has room again
     * @param placeMade told when the next suspect may run
     * @param crowded whether there is no room, however few tasks run
     * @param left told when a run is over or has been given up; may take a while
     */
    Runs(Runnable roomMade, Runnable placeMade, BooleanSupplier crowded, Consumer<TaskRun> left) {
        this.roomMade = roomMade;
        this.placeMade = placeMade;
        this.crowded = crowded;
        this.left = left;
    }

    /**
     * Takes room for up to {@code most} tasks; gives how many. The caller gives back what it does
     * not use.
     */
    int takeRoom(int most) {
        if (closed || cordoned || crowded.getAsBoolean()) {
            return 0;
        }
        while (true) {
            int before = taken.get();
            int take = Math.min(most, TaskBounds.RUNNING_MAX - before);
            if (take <= 0) {
                return 0;
            }
            if (taken.compareAndSet(before, before + take)) {
                return take;
            }
        }
    }

    boolean full() {
        return closed
                || cordoned
                || crowded.getAsBoolean()
                || taken.get() >= TaskBounds.RUNNING_MAX;
    }

    /** Whether this node may claim nothing new. */
    boolean cordoned() {
        return cordoned;
    }

    /** Calls {@code action} whenever that changes. */
    void onCordon(Runnable action) {
        cordonChanged = action;
    }

    /** From now on there is no room, or there is again. */
    void cordon(boolean cordoned) {
        boolean before = this.cordoned;
        this.cordoned = cordoned;
        if (before && !cordoned) {
            roomMade.run();
        }
        if (before != cordoned) {
            cordonChanged.run();
        }
    }

    /** Whether there will be no room until someone says so. */
    boolean isShut() {
        return closed || cordoned;
    }

    /** Whether nothing runs here and no claim is under way. */
    boolean idle() {
        return taken.get() == 0 && runs.isEmpty();
    }

    /** Gives room back. */
    void giveRoom(int places) {
        if (places > 0 && taken.getAndAdd(-places) >= TaskBounds.RUNNING_MAX) {
            roomMade.run();
        }
    }

    /**
     * Runs a task on a thread of its own, in room that was taken for it. Does nothing if this
     * attempt runs already. An earlier attempt may still be on its way out: it was put aside and
     * woken before its thread had left.
     */
    void start(TaskRun run) {
        TaskRun now =
                runs.merge(
                        run.task.id(),
                        run,
                        (before, next) ->
                                before.task.attempt() < next.task.attempt() ? next : before);
        if (now.equals(run)) {
            Thread.ofVirtual().name("rowhouse-task").start(run);
        } else {
            giveRoom(1);
            giveSuspectPlace(run);
        }
    }

    /** A run is over or has been given up; harmless the second time. */
    void left(TaskRun run) {
        if (!run.markLeft()) {
            return;
        }
        try {
            left.accept(run); // who follows it is among the runs before it leaves them
        } finally {
            runs.remove(run.task.id(), run);
            giveSuspectPlace(run);
            giveRoom(1);
            if (closed && runs.isEmpty()) {
                tellEmpty();
            }
        }
    }

    /**
     * Takes the one place for tasks that have seen a node die: they run one at a time, so that the
     * guilty one shows.
     */
    boolean takeSuspectPlace() {
        return suspect.compareAndSet(false, true);
    }

    /** Gives the place back that nobody took. */
    void giveSuspectPlace() {
        suspect.set(false);
        placeMade.run();
    }

    /** Lets the next suspect in, if this run holds their place; harmless the second time. */
    void giveSuspectPlace(TaskRun run) {
        if (run.giveSuspectPlace()) {
            giveSuspectPlace();
        }
    }

    @Nullable TaskRun find(TaskId id) {
        return runs.get(id);
    }

    boolean runsHere(TaskId id) {
        return runs.containsKey(id);
    }

    List<TaskRun> all() {
        return List.copyOf(runs.values());
    }

    int count() {
        return runs.size();
    }

    /** Some task may be running by its row, though no thread runs it. */
    void orphaned() {
        orphans.set(true);
    }

    boolean takeOrphaned() {
        return orphans.getAndSet(false);
    }

    /** Waits until nothing runs, or until then. */
    synchronized void awaitEmpty(long untilNs) {
        try {
            while (!runs.isEmpty() && System.nanoTime() < untilNs) {
                wait(Math.max(1, (untilNs - System.nanoTime()) / 1_000_000));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized void tellEmpty() {
        notifyAll();
    }

    /** From now on there is no room. */
    void close() {
        closed = true;
    }
}
