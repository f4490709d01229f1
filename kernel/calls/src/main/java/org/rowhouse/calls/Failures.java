package org.rowhouse.calls;

import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/** What a caller is told of a call that failed: the same wherever the other component runs. */
final class Failures {
    private Failures() {}

    /** What a component threw, as its caller gets it. */
    static RowhouseException of(String operation, Throwable thrown) {
        if (thrown instanceof RowhouseException own && own.getClass() == RowhouseException.class) {
            return own;
        }
        if (thrown instanceof RowhouseException other) {
            // A kind that stays on this side of a wire.
            return new RowhouseException(other.code(), String.valueOf(other.getMessage()), other);
        }
        if (thrown instanceof InterruptedException) {
            return new RowhouseException(
                    ErrorCode.CANCELLED, "The call of " + operation + " was interrupted.", thrown);
        }
        return new RowhouseException(
                ErrorCode.FUNCTION_FAILED,
                operation
                        + " failed: "
                        + thrown.getClass().getName()
                        + (thrown.getMessage() == null ? "" : ": " + thrown.getMessage()),
                thrown);
    }

    static RowhouseException timedOut(String operation) {
        return new RowhouseException(
                ErrorCode.TIMED_OUT, "The call of " + operation + " was not answered in time.");
    }

    static RowhouseException unknownOperation(String component, String operation) {
        return new RowhouseException(
                ErrorCode.NOT_FOUND,
                "The component "
                        + component
                        + " serves the interface, but has no operation "
                        + operation
                        + ": its version may be older than the caller's.");
    }

    static RowhouseException noResult(String operation) {
        return new RowhouseException(
                ErrorCode.INVALID_OUTPUT, operation + " returned null instead of a record.");
    }
}
