package org.rowhouse.api;

import org.jspecify.annotations.Nullable;

/**
 * The answer to a change was lost, and who would know it could not be asked in time: it has been
 * made once, or will be, or never. Read to find out.
 */
public final class PerhapsDoneException extends RowhouseException {
    private static final long serialVersionUID = 1L;

    public PerhapsDoneException(String message, @Nullable Throwable cause) {
        super(ErrorCode.NODE_UNAVAILABLE, message, cause);
    }
}
