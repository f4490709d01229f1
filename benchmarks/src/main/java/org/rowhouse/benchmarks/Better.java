package org.rowhouse.benchmarks;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** Which direction of a figure is the good one. */
public enum Better {
    /** More is better: operations per second. */
    HIGHER,
    /** Less is better: latencies, memory. */
    LOWER;

    /**
     * How many times better {@code ours} is than {@code theirs}: above 1 means that ours is better,
     * whatever the direction.
     */
    public double ratio(double ours, double theirs) {
        return this == HIGHER ? ours / theirs : theirs / ours;
    }

    /** The word that stands in the JSON form. */
    @JsonValue
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
