package org.rowhouse.benchmarks;

import com.fasterxml.jackson.annotation.JsonValue;
import org.jspecify.annotations.Nullable;

/** What a figure has to reach for the claim to hold. */
public sealed interface Target {
    /** Whether a median (and its ratio to the peer, where there is one) reaches the target. */
    boolean met(double value, @Nullable Double ratio);

    /** The target as it stands in tables and in the JSON form, as in {@code ratio >= 10}. */
    @JsonValue
    String text();

    /** At least {@code least} times better than the peer. A row without a peer never meets it. */
    record Ratio(double least) implements Target {
        @Override
        public boolean met(double value, @Nullable Double ratio) {
            return ratio != null && ratio >= least;
        }

        @Override
        public String text() {
            return "ratio >= " + Numbers.plain(least);
        }
    }

    /** At most {@code most} times the peer's value. A row without a peer never meets it. */
    record Within(double most) implements Target {
        @Override
        public boolean met(double value, @Nullable Double ratio) {
            return ratio != null && ratio >= 1 / most;
        }

        @Override
        public String text() {
            return "<= " + Numbers.plain(most) + " x peer";
        }
    }

    /** A value of {@code bound} or more, in the unit of the figure. */
    record AtLeast(double bound) implements Target {
        @Override
        public boolean met(double value, @Nullable Double ratio) {
            return value >= bound;
        }

        @Override
        public String text() {
            return ">= " + Numbers.plain(bound);
        }
    }

    /** A value of {@code bound} or less, in the unit of the figure. */
    record AtMost(double bound) implements Target {
        @Override
        public boolean met(double value, @Nullable Double ratio) {
            return value <= bound;
        }

        @Override
        public String text() {
            return "<= " + Numbers.plain(bound);
        }
    }
}
