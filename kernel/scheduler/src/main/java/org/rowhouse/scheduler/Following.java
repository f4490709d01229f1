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
 * while all that waits is of one class, and the policy takes any place that fits, it would say the
 * same. With a second class that waits it may not, since its tasks may be older.
 *
 * <p>Purpose: full nodes need not wait for the scheduler between two tasks. Tables: none; the
 * caller writes {@link Word#need} to the row of the scheduler before it tells the nodes. Thread:
 * whoever holds the service's lock. Failure: a word that is lost is said again when a place comes
 * free that someone could have followed at.
 */
final class Following {
    private final Map<Integer, Integer> waiting = new HashMap<>();
    private final Set<Source> said = new HashSet<>();
    private int need;
    private boolean missed;
    private long restUntilNs = System.nanoTime();

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

    /** A task of a class waits. */
    void waits(int its) {
        waiting.merge(its, 1, Integer::sum);
    }

    /** It does not any more. */
    void waitsNoMore(int its) {
        waiting.computeIfPresent(its, (_, count) -> count == 1 ? null : count - 1);
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
        boolean single = waiting.size() == 1 && policy != null && policy.admitsAll();
        if (!single) {
            return stop();
        }
        int wanted = waiting.keySet().iterator().next();
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
