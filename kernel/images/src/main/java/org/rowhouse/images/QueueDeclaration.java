package org.rowhouse.images;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A queue that a component asks for. It is made when the component is deployed; limits that someone
 * changed later stay.
 *
 * @param concurrency how many of its tasks run at once in the cluster; null for no limit
 * @param concurrencyPerNode how many of its tasks run at once on one node; null for no limit
 * @param rateCount how many tasks may begin in each {@code ratePeriod}; null for no limit, together
 *     with the period
 * @param fair takes turns between partitions
 * @param spread uses every bucket: the most throughput, but then without limits, order or fairness
 */
public record QueueDeclaration(
        String name,
        @Nullable Integer concurrency,
        @Nullable Integer concurrencyPerNode,
        @Nullable Integer rateCount,
        @Nullable Duration ratePeriod,
        boolean fair,
        boolean spread) {}
