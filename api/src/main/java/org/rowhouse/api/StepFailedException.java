package org.rowhouse.api;

import org.jspecify.annotations.Nullable;

/**
 * A step has failed and will not be tried again. A workflow may catch it and do something else; on
 * replay the same exception comes from the same step, without its cause.
 */
public class StepFailedException extends RowhouseException {
    private static final long serialVersionUID = 1L;

    private final String step;
    private final @Nullable String type;

    /**
     * @param type class name of what the step's body threw; null if Rowhouse refused the result
     */
    public StepFailedException(
            ErrorCode code,
            String step,
            String message,
            @Nullable String type,
            @Nullable Throwable cause) {
        super(code, "step '" + step + "' failed: " + message, cause);
        this.step = step;
        this.type = type;
    }

    /** The step's name. */
    public String step() {
        return step;
    }

    /** Class name of what the body threw; null if Rowhouse refused the result. */
    public @Nullable String type() {
        return type;
    }
}
