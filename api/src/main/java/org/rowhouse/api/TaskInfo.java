package org.rowhouse.api;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a running task may know of itself.
 *
 * @param attempt how often the task has been claimed, 1 the first time
 * @param deadline when it must have ended, by the database's clock; null for never
 */
public record TaskInfo(
        TaskId id,
        String component,
        String version,
        String function,
        @Nullable TaskId parent,
        TaskId root,
        int attempt,
        @Nullable Instant deadline) {}
