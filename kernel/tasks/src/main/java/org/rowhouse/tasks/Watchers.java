package org.rowhouse.tasks;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.TaskId;
import org.rowhouse.api.TaskState;
import org.rowhouse.store.Kernel;

/**
 * Who waits for the outcome of which task. A task that ends on this node tells them at once; the
 * others are asked for together, when a signal says that something ended and once in a beat.
 */
final class Watchers {
    private final Kernel kernel;
    private final Map<TaskId, Watch> watched = new ConcurrentHashMap<>();

    /** An outcome to come, and how many wait for it. */
    private record Watch(CompletableFuture<Calls.Row> outcome, int waiting) {}

    Watchers(Kernel kernel) {
        this.kernel = kernel;
    }

    /**
     * The outcome to come. It is told once, to all who watch; who stops waiting before says {@link
     * #leave}.
     */
    CompletableFuture<Calls.Row> watch(TaskId id) {
        return watched.merge(
                        id,
                        new Watch(new CompletableFuture<>(), 1),
                        (known, _) -> new Watch(known.outcome, known.waiting + 1))
                .outcome;
    }

    /** Watches a task that may have ended already. */
    CompletableFuture<Calls.Row> watchFromNow(TaskId id) {
        CompletableFuture<Calls.Row> outcome = watch(id);
        ask(id, true);
        return outcome;
    }

    /**
     * Does {@code action} if the task has ended by now, and forgets it. Where the question fails,
     * the task is watched until it is answered.
     */
    void onceIfEnded(TaskId id, Runnable action) {
        var _ =
                kernel.submit(Calls.OUTCOMES, new Calls.Outcomes(id))
                        .whenComplete((row, error) -> {
                            if (error != null || row == null) {
                                var _ = watch(id).thenRun(action);
                            } else if (row.state() == null
                                    || TaskState.ofSqlName(row.state()).ended()) {
                                action.run();
                            }
                        });
    }

    /**
     * One who watched the task waits no longer. With the last of them it is forgotten, or else a
     * node would ask in each beat for all that anyone ever waited for.
     */
    @SuppressWarnings("ReferenceEquality") // this very future is meant
    void leave(TaskId id, CompletableFuture<Calls.Row> outcome) {
        watched.computeIfPresent(
                id,
                (_, watch) -> {
                    if (watch.outcome != outcome) {
                        return watch; // of others, who came after ours was told
                    }
                    return watch.waiting == 1 ? null : new Watch(outcome, watch.waiting - 1);
                });
    }

    /** How many tasks are watched. */
    int count() {
        return watched.size();
    }

    /** The task has ended. */
    void ended(TaskId id, TaskState state, @Nullable String output, @Nullable String error) {
        if (watched.isEmpty()) {
            return;
        }
        Watch watch = watched.remove(id);
        if (watch != null) {
            watch.outcome.complete(new Calls.Row(state.sqlName(), output, error));
        }
    }

    /** Asks how all watched tasks stand, except those that run here. */
    void recheck(java.util.function.Predicate<TaskId> runsHere) {
        List<TaskId> ids = new ArrayList<>(watched.keySet());
        for (TaskId id : ids) {
            if (!runsHere.test(id)) {
                ask(id, false);
            }
        }
    }

    /** These tasks have ended elsewhere: asks for those that are watched. */
    void recheck(List<TaskId> ids) {
        for (TaskId id : ids) {
            if (watched.containsKey(id)) {
                ask(id, false);
            }
        }
    }

    /**
     * @param known whether the task must be there: it may be watched before its start is recorded
     */
    private void ask(TaskId id, boolean known) {
        var _ =
                kernel.submit(Calls.OUTCOMES, new Calls.Outcomes(id))
                        .whenComplete((row, error) -> settle(id, known, row, error));
    }

    private void settle(
            TaskId id, boolean known, Calls.@Nullable Row row, @Nullable Throwable error) {
        if (error != null || row == null) {
            return; // the next beat asks again
        }
        if (row.state() == null ? known : TaskState.ofSqlName(row.state()).ended()) {
            Watch watch = watched.remove(id);
            if (watch != null) {
                watch.outcome.complete(row);
            }
        }
    }
}
