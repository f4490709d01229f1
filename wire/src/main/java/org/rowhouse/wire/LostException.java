package org.rowhouse.wire;

import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/** The connection broke before the answer came. */
public final class LostException extends RowhouseException {
    private static final long serialVersionUID = 1L;

    private final boolean perhapsDone;

    /**
     * @param perhapsDone false if the peer cannot have seen the call, so that it may be made again
     */
    public LostException(String message, boolean perhapsDone) {
        super(ErrorCode.NODE_UNAVAILABLE, message);
        this.perhapsDone = perhapsDone;
    }

    /** Whether the peer may have done what it was asked. */
    public boolean perhapsDone() {
        return perhapsDone;
    }
}
