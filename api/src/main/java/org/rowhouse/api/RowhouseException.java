package org.rowhouse.api;

import org.jspecify.annotations.Nullable;

/**
 * The one exception family of Rowhouse. The message is a sentence for a person: what happened, to
 * which thing, and what to do next. Programs look at {@link #code}.
 */
public class RowhouseException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ErrorCode code;

    public RowhouseException(ErrorCode code, String message) {
        this(code, message, null);
    }

    public RowhouseException(ErrorCode code, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    public ErrorCode code() {
        return code;
    }
}
