package org.rowhouse.benchmarks;

import java.time.Duration;

/**
 * How hard a benchmark tries unless the options say otherwise.
 *
 * @param rounds how often each side is measured
 * @param time how long each side works on one workload in one round
 */
public record Effort(int rounds, Duration time) {
    /** What suits most benchmarks: three rounds of ten seconds; in a quick run two of two. */
    static Effort usual(boolean quick) {
        return new Effort(quick ? 2 : 3, Duration.ofSeconds(quick ? 2 : 10));
    }
}
