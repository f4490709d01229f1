package org.rowhouse.benchmarks;

import java.util.function.LongConsumer;
import org.rowhouse.api.Function;

/** A component whose only function tells how long ago its input was made. */
public final class Timed {
    /** How a task of the function is started, with {@link System#nanoTime()} as its input. */
    static final String FUNCTION = Nodes.COMPONENT + "/timed";

    private final LongConsumer waitedNs;

    Timed(LongConsumer waitedNs) {
        this.waitedNs = waitedNs;
    }

    @Function
    public Value timed(Value startedNs) {
        waitedNs.accept(System.nanoTime() - startedNs.value());
        return startedNs;
    }
}
