package org.rowhouse.benchmarks;

import org.jspecify.annotations.Nullable;

/**
 * One number that a workload yields each time it is run: a row of the report.
 *
 * @param name what was measured, unique within its benchmark
 * @param unit the unit of the values, as in {@code workflows/s} or {@code ms}
 * @param better the good direction
 * @param target what the median has to reach; null if the row only informs
 */
public record Figure(String name, String unit, Better better, @Nullable Target target) {
    static Figure rate(String name, String unit, @Nullable Target target) {
        return new Figure(name, unit, Better.HIGHER, target);
    }

    static Figure latency(String name, String unit, @Nullable Target target) {
        return new Figure(name, unit, Better.LOWER, target);
    }
}
