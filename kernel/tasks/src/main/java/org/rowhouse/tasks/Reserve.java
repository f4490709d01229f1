package org.rowhouse.tasks;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Carriers for tasks that have said what they need of the node: they are expected to compute, as
 * many at once as the node has cores. Each has a carrier more made for it, so that the operating
 * system shares the cores between them and all that waits and answers; without, a node whose cores
 * are in use would answer nobody until one of them ends. Tasks that compute without having said so
 * are the {@link Watchdog}'s.
 *
 * <p>Thread: any; {@link #shrink} the watchdog's. It grows at once and shrinks late: making a
 * carrier takes longer than many a task.
 */
final class Reserve {
    private final Set<TaskRun> running = ConcurrentHashMap.newKeySet();
    private volatile int reserved;

    void begins(TaskRun run) {
        if (run.task.need() != null && running.add(run) && running.size() > reserved) {
            reserve(running.size());
        }
    }

    /** Harmless for a run that never began. */
    void left(TaskRun run) {
        running.remove(run);
    }

    /** Gives those back that are not needed now. */
    void shrink() {
        if (reserved > running.size()) {
            reserve(running.size());
        }
    }

    private synchronized void reserve(int carriers) {
        reserved = carriers;
        Carriers.want(this, carriers);
    }
}
