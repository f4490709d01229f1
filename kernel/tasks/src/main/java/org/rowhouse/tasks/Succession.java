package org.rowhouse.tasks;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.RowhouseException;

/**
 * Lets a task that waits for the scheduler follow one of the same class of need at its place, while
 * the node in office allows it: the place would go to that task anyhow, and would stay empty until
 * the scheduler has heard, chosen, written and told.
 *
 * <p>Tables: none directly; the call CLAIM_NEXT, which asks once more whether they may follow.
 * Invariant: whoever leaves a place either has a successor there or the scheduler is told that it
 * is free. Thread: the one of the task that leaves; {@link #heard} may be called by any. Failure:
 * without a signal, or after one that was lost, the scheduler places as ever.
 */
final class Succession {
    private static final System.Logger LOG = System.getLogger(Succession.class.getName());

    private final Engine engine;
    private final Set<Source> sources = new LinkedHashSet<>();
    private int need;

    /** Where tasks wait that may follow. */
    private record Source(String queue, int bucket) {}

    Succession(Engine engine) {
        this.engine = engine;
    }

    /**
     * The scheduler lets tasks of a class follow, and of no other class.
     *
     * @param word class of need, queue, and buckets of it in which they wait
     * @throws NumberFormatException if another version means something else
     */
    void heard(String word) {
        int afterNeed = word.indexOf(' ');
        int beforeBuckets = word.lastIndexOf(' ');
        int now = Integer.parseInt(word.substring(0, Math.max(afterNeed, 0)));
        String queue = word.substring(afterNeed + 1, Math.max(beforeBuckets, afterNeed + 1));
        synchronized (sources) {
            if (now != need) {
                need = now;
                sources.clear();
            }
            for (String bucket : word.substring(beforeBuckets + 1).split(",")) {
                if (sources.size() < TaskBounds.SOURCES_MAX) {
                    sources.add(new Source(queue, Integer.parseInt(bucket)));
                }
            }
        }
    }

    /** Nobody may follow until the scheduler says so again. */
    void forget() {
        synchronized (sources) {
            sources.clear();
        }
    }

    /**
     * Claims a successor for a task that leaves its place, tells the scheduler, and runs it.
     *
     * @return false if there is none
     */
    boolean follow(TaskRun run) {
        Integer its = run.task.need();
        if (its == null || !run.ended) {
            return false;
        }
        for (int tries = 0; tries < TaskBounds.SUCCESSION_TRIES_MAX; tries++) {
            Source source = first(its);
            if (source == null || engine.runs.takeRoom(1) == 0) {
                return false;
            }
            TaskRun next = claim(run, its, source);
            if (next != null) {
                engine.scheduler.followed(run.task.id(), next.task.id()); // before it may end
                engine.runs.start(next);
                turn(source);
                return true;
            }
            engine.runs.giveRoom(1);
            drop(source);
        }
        return false;
    }

    private @Nullable TaskRun claim(TaskRun run, int its, Source source) {
        var request =
                new Calls.ClaimNext(source.bucket, source.queue, run.node, its, run.task.devices());
        try {
            List<Calls.Claimed> claimed = engine.kernel.call(Calls.CLAIM_NEXT, request);
            return claimed.isEmpty()
                    ? null
                    : new TaskRun(
                            engine,
                            claimed.getFirst(),
                            run.node,
                            claimed.getFirst().attempt() > 1 || claimed.getFirst().forked());
        } catch (RowhouseException e) {
            LOG.log(System.Logger.Level.DEBUG, "nobody follows {0}: {1}", run.task.id(), e);
            engine.runs.orphaned(); // it may have been claimed, though the answer was lost
            return null;
        }
    }

    private @Nullable Source first(int its) {
        synchronized (sources) {
            return its == need && !sources.isEmpty() ? sources.iterator().next() : null;
        }
    }

    /** The other queues and buckets come first the next time. */
    private void turn(Source source) {
        synchronized (sources) {
            if (sources.remove(source)) {
                sources.add(source);
            }
        }
    }

    private void drop(Source source) {
        synchronized (sources) {
            sources.remove(source);
        }
    }
}
