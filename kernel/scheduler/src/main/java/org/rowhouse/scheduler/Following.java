package org.rowhouse.scheduler;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.TaskId;

/**
 * Whether tasks that wait may follow others of their class at their places, without being placed:
 * while all that waits is of one kind, and the policy takes any place that fits, the scheduler
 * would give that place to one of them. A second kind that waits may have the older claim: another
 * class or priority, a queue with limits, or tasks that saw a node die.
 *
 * <p>Purpose: full nodes need not wait for the scheduler between two tasks. Tables: none; the
 * caller writes {@link Word#need} to the row of the scheduler before it tells the nodes. Thread:
 * whoever holds the service's lock. Failure: a word that is lost is said again when a place comes
 * free that someone could have followed at.
 */
final class Following {
    private final Map<Kind, Integer> waiting = new HashMap<>();
    private final Set<Source> said = new HashSet<>();
    private int need;
    private boolean hindered;
    private boolean missed;
    private long restUntilNs = System.nanoTime();

    /** What tells waiting tasks apart here. */
    private record Kind(int need, int priority, boolean follows) {
        static Kind of(ClusterRows.Waiting task) {
            return new Kind(task.need(), task.priority(), task.follows());
        }
    }

    /** Where tasks wait that may follow. */
    record Source(String queue, int bucket) {}

    /**
     * What is to be said.
     *
     * @param need the class whose tasks may follow; 0 for none
     * @param fresh whether that is another one than before
     * @param sources where they wait, as far as that was not said yet
     */
    record Word(int need, boolean fresh, Set<Source> sources) {}

    /** A task waits. */
    void waits(ClusterRows.Waiting task) {
        waiting.merge(Kind.of(task), 1, Integer::sum);
    }

    /** It does not any more. */
    void waitsNoMore(ClusterRows.Waiting task) {
        waiting.computeIfPresent(Kind.of(task), (_, count) -> count == 1 ? null : count - 1);
    }

    /**
     * Whether others have the older claim on what comes free, though they do not wait here: tasks
     * of queues that are at their limits, or a node that holds more than it has.
     */
    void hindered(boolean now) {
        hindered = now;
    }

    /** The class whose tasks may follow; 0 for none. */
    int need() {
        return need;
    }

    /** A place of that class is free: whoever left it knew of nobody that could follow. */
    void missed() {
        missed = true;
    }

    /** Nobody may follow, by the row of the scheduler. */
    void forget() {
        need = 0;
        said.clear();
    }

    /**
     * What is to be said now; null for nothing.
     *
     * @param policy the one in force; null if only PostgreSQL can run it
     */
    @Nullable Word word(@Nullable CompiledPolicy policy, Collection<Source> sources) {
        if (waiting.isEmpty()) {
            return null; // nobody can follow, whatever the row says
        }
        Kind kind = waiting.keySet().iterator().next();
        boolean alike = waiting.size() == 1 && kind.follows() && !hindered;
        if (!alike || policy == null || !policy.admitsAll()) {
            return stop();
        }
        int wanted = kind.need();
        boolean fresh = wanted != need;
        if (sources.isEmpty() || (fresh && System.nanoTime() - restUntilNs < 0)) {
            return null;
        }
        if (fresh || missed || said.size() > SchedulerBounds.SOURCES_SAID_MAX) {
            said.clear();
        }
        need = wanted;
        missed = false;
        Set<Source> unsaid = new LinkedHashSet<>();
        for (Source source : sources) {
            if (said.add(source)) {
                unsaid.add(source);
            }
        }
        return unsaid.isEmpty() ? null : new Word(wanted, fresh, unsaid);
    }

    private @Nullable Word stop() {
        if (need == 0) {
            return null;
        }
        forget();
        restUntilNs = System.nanoTime() + SchedulerBounds.FOLLOWING_REST.toNanos();
        return new Word(0, true, Set.of());
    }

    /** The source of a task. */
    static Source source(ClusterRows.Waiting task) {
        return new Source(task.queue(), new TaskId(task.task()).bucket());
    }
}
