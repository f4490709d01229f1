package org.rowhouse.benchmarks;

import org.rowhouse.api.Function;
import org.rowhouse.api.Needs;

/** The component of CPU-bound work: tasks that compute for some ten milliseconds on a core each. */
public final class Computing {
    /** Rounds that take a present core some 30 ms. */
    static final int ROUNDS = 12_000_000;

    /** Computes for so many rounds. */
    @Function
    @Needs(cores = 1)
    public Value compute(Value rounds) {
        long number = 88_172_645_463_325_252L;
        for (long round = 0; round < rounds.value(); round++) { // Marsaglia's xorshift
            number ^= number << 13;
            number ^= number >>> 7;
            number ^= number << 17;
        }
        return new Value(number);
    }
}
