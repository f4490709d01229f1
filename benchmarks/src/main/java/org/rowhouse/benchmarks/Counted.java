package org.rowhouse.benchmarks;

import org.rowhouse.api.Function;

/** A component whose only function does nothing but tell that it ran. */
public final class Counted {
    /** How a task of the function is started. */
    static final String FUNCTION = Nodes.COMPONENT + "/counted";

    private final Runnable ran;

    Counted(Runnable ran) {
        this.ran = ran;
    }

    @Function
    public Value counted(Value input) {
        ran.run();
        return input;
    }
}
