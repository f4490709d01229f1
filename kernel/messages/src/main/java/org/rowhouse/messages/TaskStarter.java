package org.rowhouse.messages;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.TaskId;

/** Starts tasks for consumers. Safe for use by many threads. */
public interface TaskStarter {
    /**
     * A task to start.
     *
     * @param name always the same for the same message of the same reader: a second start of that
     *     name is none
     * @param inputJson the message's body
     */
    record Start(String name, long sentAtMs, String inputJson) {}

    /**
     * Starts a set of tasks of one function; all are durable when this returns.
     *
     * @param queue that they wait in; null: they run at once
     * @param former queues that tasks of these names may have been started in before
     * @return their ids
     * @throws RowhouseException INVALID_INPUT if a body does not fit, before anything is started
     */
    List<TaskId> start(
            String component,
            String version,
            String function,
            @Nullable String queue,
            Set<String> former,
            List<Start> set);

    /** Whether this node may run tasks of components now. */
    boolean mayRun();
}
