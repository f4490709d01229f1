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
    private final Map<TaskId, CompletableFuture<Calls.Row>> watched = new ConcurrentHashMap<>();

    Watchers(Kernel kernel) {
        this.kernel = kernel;
    }

    /** The outcome to come. It is told once, to all who watch; who no longer waits lets it be. */
    CompletableFuture<Calls.Row> watch(TaskId id) {
        return watched.computeIfAbsent(id, any -> new CompletableFuture<>());
    }

    /** Watches a task that may have ended already. */
    CompletableFuture<Calls.Row> watchFromNow(TaskId id) {
        CompletableFuture<Calls.Row> outcome = watch(id);
        ask(id, true);
        return outcome;
    }

    /** Nobody waits for this one any more. */
    void forget(TaskId id) {
        watched.remove(id);
    }

    /** The task has ended. */
    void ended(TaskId id, TaskState state, @Nullable String output, @Nullable String error) {
        if (watched.isEmpty()) {
            return;
        }
        CompletableFuture<Calls.Row> outcome = watched.remove(id);
        if (outcome != null) {
            outcome.complete(new Calls.Row(state.sqlName(), output, error));
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
            CompletableFuture<Calls.Row> outcome = watched.remove(id);
            if (outcome != null) {
                outcome.complete(row);
            }
        }
    }
}
