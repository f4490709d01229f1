package org.rowhouse.images;

import org.jspecify.annotations.Nullable;
import org.rowhouse.api.spi.ConsumerImage;

/**
 * A consumer of a component's current version, as the database knows it.
 *
 * @param function the function that its messages start, or the method that handles them
 * @param tasks each message starts a task
 * @param queue that the tasks wait in; null: they run at once
 * @param error why this node cannot load the version; null: it can, or has not tried
 */
public record Consumption(
        String component,
        String version,
        String function,
        ConsumerImage.Source source,
        boolean tasks,
        @Nullable String queue,
        @Nullable String error) {}
