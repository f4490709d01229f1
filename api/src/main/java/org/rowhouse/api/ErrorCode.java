package org.rowhouse.api;

/**
 * Every error a person or a program can meet, in ranges by who can mend it.
 *
 * <p>{@code 1xx}: the request; {@code 2xx}: the component's code; {@code 3xx}: the surroundings
 * (database, disk, ports, rights); {@code 9xx}: Rowhouse itself. The number is stable: it may be
 * stored and compared.
 */
public enum ErrorCode {
    /** A value is missing, out of its range, of the wrong type, or not known. */
    INVALID_ARGUMENT(100, 400, 2),
    /** A task's input does not fit the parameter record of its function. */
    INVALID_INPUT(101, 422, 2),
    /** A component's manifest cannot be read or contradicts its code. */
    INVALID_MANIFEST(102, 422, 2),
    /** A component's sources do not compile, or its classes break the rules for functions. */
    INVALID_COMPONENT(103, 422, 2),
    /** Something of that name or id does not exist. */
    NOT_FOUND(110, 404, 1),
    /** The thing exists, but its state does not allow what was asked. */
    CONFLICT(111, 409, 1),
    /** A value, result or request is larger than its bound. */
    TOO_LARGE(112, 413, 2),
    /** The caller showed neither a valid token nor a session that is good. */
    UNAUTHORIZED(113, 401, 2),
    /** The caller's role does not allow it. */
    FORBIDDEN(114, 403, 1),

    /** The function threw an exception and no attempts are left. */
    FUNCTION_FAILED(200, 500, 1),
    /** A replayed workflow asked for another step than the one recorded at the same place. */
    NOT_DETERMINISTIC(201, 500, 1),
    /** The task did not end before its deadline. */
    TIMED_OUT(202, 504, 1),
    /** The task was cancelled. */
    CANCELLED(203, 409, 1),
    /** The task was set aside because its node died too often while running it. */
    PARKED(204, 409, 1),
    /** The result is larger than a result may be, or cannot be written as JSON. */
    INVALID_OUTPUT(205, 500, 1),

    /** No database answers, or the connection was lost for longer than the retries last. */
    DATABASE_UNAVAILABLE(300, 503, 2),
    /** The database refused the user or the password. */
    DATABASE_LOGIN_REFUSED(301, 503, 2),
    /** The database is older than Rowhouse can use, or newer in its schema than this program. */
    DATABASE_UNSUITABLE(302, 503, 2),
    /** The database user lacks a right that Rowhouse needs. */
    DATABASE_RIGHTS_MISSING(303, 503, 2),
    /** A certificate is missing, expired, revoked, of another authority or for another address. */
    CERTIFICATE_REFUSED(304, 503, 2),
    /** Another live node holds this home folder. */
    HOME_IN_USE(310, 503, 2),
    /** The home folder cannot be created, read or written. */
    HOME_UNUSABLE(311, 503, 2),
    /** A disk is full. */
    DISK_FULL(312, 507, 2),
    /** An address or port is taken or not allowed. */
    ADDRESS_UNAVAILABLE(313, 503, 2),
    /** No node answers where one should. */
    NODE_UNAVAILABLE(314, 503, 2),
    /** A bounded queue is full: try again later. */
    OVERLOADED(315, 503, 1),
    /** The node is stopping and takes no more work. */
    STOPPING(316, 503, 1),

    /** A mistake in Rowhouse itself. */
    INTERNAL(900, 500, 3);

    private final int number;
    private final int httpStatus;
    private final int exitCode;

    ErrorCode(int number, int httpStatus, int exitCode) {
        this.number = number;
        this.httpStatus = httpStatus;
        this.exitCode = exitCode;
    }

    /** True if the surroundings are to blame ({@code 3xx}): the same may succeed later. */
    public boolean surroundings() {
        return number / 100 == 3;
    }

    /** The stable number, 100 to 999. */
    public int number() {
        return number;
    }

    /** The HTTP status that carries this error. */
    public int httpStatus() {
        return httpStatus;
    }

    /**
     * The exit code of a command that ends with this error: 1 the work failed, 2 it could not be
     * tried, 3 a bug.
     */
    public int exitCode() {
        return exitCode;
    }
}
