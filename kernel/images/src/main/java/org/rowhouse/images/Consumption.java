package org.rowhouse.images;

import org.rowhouse.api.spi.ConsumerImage;

/**
 * A consumer of a component's current version, as the database knows it.
 *
 * @param function the function that its messages start, or the method that handles them
 * @param tasks each message starts a task
 */
public record Consumption(
        String component,
        String version,
        String function,
        ConsumerImage.Source source,
        boolean tasks) {}
