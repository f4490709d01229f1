package org.rowhouse.benchmarks;

import java.time.Duration;
import java.util.List;

/**
 * A piece of work that every side of a contest does in its turn.
 *
 * @param <S> what a side is to the workload
 */
interface Workload<S> {
    /** What one turn yields; at least one figure. */
    List<Figure> figures();

    /**
     * Makes the side work for about {@code time} and gives one value per figure, in their order.
     * Blocks. Called once before the first round to warm up, its values thrown away.
     */
    List<Double> measure(S side, Duration time);
}
