package org.rowhouse.tasks;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.TaskId;
import org.rowhouse.store.Kernel;

/**
 * Tells workflows that the children they wait for have ended.
 *
 * <p>Counting the unended children after each end would cost the square of their number. So a node
 * counts them once for a step, counts down in memory, and asks the table again only when its own
 * count reaches zero; the table has the last word. The count may run low (a child that ended before
 * it was counted is counted down again), which costs one more question; it never runs high, since
 * an end that comes while the answer is under way makes it ask again.
 *
 * <p>Invariant: after a child's end has been committed, {@link #childEnded} is called; after a wait
 * has begun, {@link #check}. Whatever comes second finds nobody left and wakes the workflow. A
 * crash between the two, or a call that failed, is mended by {@link NodeLife} with unwatched.sql.
 */
final class Joins {
    private static final System.Logger LOG = System.getLogger(Joins.class.getName());

    private final Kernel kernel;
    private final Consumer<String> ready;
    private final Runnable unanswered;
    private final Map<Step, Count> counts =
            new LinkedHashMap<>(16, 0.75f, true) {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<Step, Count> eldest) {
                    Count count = eldest.getValue();
                    return size() > TaskBounds.JOINS_MAX && count.waiter == null && !count.asking;
                }
            };

    /** A step of a workflow, and the bucket that its children live in. */
    record Step(TaskId parent, int number, int bucket) {}

    private static final class Count {
        int left;
        boolean asking;
        boolean askAgain;
        @Nullable CompletableFuture<Void> waiter;
    }

    /**
     * @param ready told the queue in which a woken workflow is ready
     * @param unanswered told when a question or a wake-up failed, and may have left a workflow
     *     asleep
     */
    Joins(Kernel kernel, Consumer<String> ready, Runnable unanswered) {
        this.kernel = kernel;
        this.ready = ready;
        this.unanswered = unanswered;
    }

    /**
     * Completes when no child of the step is left; the caller says {@link #giveUp} if it stops
     * waiting before.
     */
    CompletableFuture<Void> await(Step step) {
        CompletableFuture<Void> waiter;
        synchronized (counts) {
            Count count = counts.computeIfAbsent(step, any -> new Count());
            if (count.waiter == null) {
                count.waiter = new CompletableFuture<>();
            }
            waiter = count.waiter;
        }
        check(step);
        return waiter;
    }

    /** The workflow no longer waits in a thread: from now on it is woken by its row. */
    void giveUp(Step step) {
        synchronized (counts) {
            Count count = counts.get(step);
            if (count != null) {
                count.waiter = null;
            }
        }
    }

    /** One child of the step has ended, durably. */
    void childEnded(Step step) {
        synchronized (counts) {
            Count count = counts.computeIfAbsent(step, any -> new Count());
            if (count.asking) {
                count.askAgain = true;
                return;
            }
            count.left--;
            if (count.left > 0) {
                return;
            }
            count.asking = true;
        }
        ask(step);
    }

    /** Asks the table whether a child is left. */
    void check(Step step) {
        synchronized (counts) {
            Count count = counts.computeIfAbsent(step, any -> new Count());
            if (count.asking) {
                count.askAgain = true;
                return;
            }
            count.asking = true;
        }
        ask(step);
    }

    /** Asks for all steps that are waited for, as when children may have ended unseen. */
    void recheck() {
        List<Step> waited;
        synchronized (counts) {
            waited =
                    counts.entrySet().stream()
                            .filter(entry -> entry.getValue().waiter != null)
                            .map(Map.Entry::getKey)
                            .toList();
        }
        waited.forEach(this::check);
    }

    private void ask(Step step) {
        var _ =
                kernel.submit(
                                Calls.CHILDREN_LEFT,
                                new Calls.Left(step.bucket, step.parent, step.number))
                        .whenComplete((answer, error) -> settle(step, answer, error));
    }

    private void settle(Step step, Calls.@Nullable Unended answer, @Nullable Throwable error) {
        CompletableFuture<Void> waiter = null;
        boolean over = false;
        boolean again = false;
        if (error != null) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "cannot count the children of {0}: {1}",
                    step,
                    error.getMessage());
            unanswered.run();
        }
        synchronized (counts) {
            Count count = counts.get(step);
            if (count == null) {
                return;
            }
            count.asking = false;
            if (error != null || answer == null) {
                count.left = 0; // the next end, or the next beat, asks again
            } else if (answer.unended() == 0) {
                over = true;
                waiter = count.waiter;
                counts.remove(step);
            } else {
                count.left = answer.unended();
                again = count.askAgain;
                count.asking = again;
                count.askAgain = false;
            }
        }
        if (again) {
            ask(step);
        }
        if (waiter != null) {
            waiter.complete(null);
        } else if (over) {
            wake(step.parent, step.number, null);
        }
    }

    /**
     * Makes a workflow ready that was put aside for this step, or this one child of it; harmless if
     * it was not.
     */
    void wake(TaskId parent, int step, @Nullable Integer child) {
        var _ =
                kernel.submit(Calls.WAKE_PARENT, new Calls.WakeParent(parent, step, child))
                        .whenComplete((woken, error) -> {
                            if (woken == null) {
                                unanswered.run();
                                return;
                            }
                            if (woken.outcome().equals(Calls.AGAIN)) {
                                wake(parent, step, child);
                            } else if (woken.queue() != null) {
                                ready.accept(woken.queue());
                            }
                        });
    }
}
