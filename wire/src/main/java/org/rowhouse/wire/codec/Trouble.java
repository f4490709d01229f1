package org.rowhouse.wire.codec;

import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * Why something cannot be encoded, decoded or planned, while it passes the fields that surround it:
 * each adds its name. It costs no stack trace, since hostile peers cause it.
 */
final class Trouble extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ErrorCode code;
    private final StringBuilder path = new StringBuilder();

    Trouble(ErrorCode code, String message) {
        this(code, message, null);
    }

    Trouble(ErrorCode code, String message, @Nullable Throwable cause) {
        super(message, cause, false, false);
        this.code = code;
    }

    /** What was read does not fit. */
    static Trouble input(String message) {
        return new Trouble(ErrorCode.INVALID_INPUT, message);
    }

    /** What is to be written cannot be. */
    static Trouble output(String message) {
        return new Trouble(ErrorCode.INVALID_OUTPUT, message);
    }

    /** A null is to be written where none may be. */
    static Trouble absent() {
        return output("it is null, and neither @Nullable nor Optional");
    }

    /** Says that it happened within a field. */
    Trouble within(String field) {
        boolean joined = path.isEmpty() || path.charAt(0) == '[';
        path.insert(0, joined ? field : field + ".");
        return this;
    }

    /** Says that it happened within an item of a list or map. */
    Trouble within(int index) {
        boolean joined = path.isEmpty() || path.charAt(0) == '[';
        path.insert(0, "[" + index + (joined ? "]" : "]."));
        return this;
    }

    /**
     * For the caller.
     *
     * @param what the sentence's beginning, as in "Order cannot be read"
     */
    RowhouseException told(String what) {
        String where = path.isEmpty() ? "" : " at '" + path + "'";
        return new RowhouseException(code, what + where + ": " + getMessage() + ".", getCause());
    }
}
