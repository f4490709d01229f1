package org.rowhouse.api;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a running task may know of itself.
 *
 * @param attempt how often the task has been claimed, 1 the first time
 * @param deadline when it must have ended, by the database's clock; null for never
 * @param devices numbers of the node's devices that are its own, wholly or in part, from 0
 */
public record TaskInfo(
        TaskId id,
        String component,
        String version,
        String function,
        @Nullable TaskId parent,
        TaskId root,
        int attempt,
        @Nullable Instant deadline,
        List<Integer> devices) {
    public TaskInfo {
        devices = List.copyOf(devices);
    }
}
