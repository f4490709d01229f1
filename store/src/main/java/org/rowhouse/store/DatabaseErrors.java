package org.rowhouse.store;

import java.io.IOException;
import java.net.UnknownHostException;
import java.sql.SQLException;
import java.time.Clock;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * Turns the database's errors into sentences, and tells the passing ones from the lasting ones, by
 * SQLSTATE (PostgreSQL, appendix A) and never by their wording.
 */
public final class DatabaseErrors {
    private static final String READ_ONLY = "25006";

    private static final Set<String> TRANSIENT_STATES =
            Set.of(
                    "40001", // serialization failure
                    "40P01", // deadlock
                    "53300", // too many connections
                    "57P01", // the server is being shut down
                    "57P02", // the server crashed
                    "57P03", // the server is starting
                    "57P05", // idle session timeout
                    "25P03", // idle in transaction timeout
                    "55P03"); // a lock was not available

    private DatabaseErrors() {}

    /**
     * Whether the same work may succeed when it is done again from its beginning, on a new
     * connection if this one {@linkplain #isConnectionLost is lost}. Whether a commit that failed
     * this way has happened is not known.
     */
    public static boolean isTransient(SQLException failure) {
        return (isConnectionLost(failure) && !TlsTrouble.isLasting(failure))
                || TRANSIENT_STATES.contains(state(failure));
    }

    /**
     * Whether the server, or this transaction, takes no changes: a standby, or a primary that an
     * administrator has closed.
     */
    public static boolean isReadOnly(SQLException failure) {
        return state(failure).equals(READ_ONLY);
    }

    /** Whether the connection cannot be used any more, or is one to a server that is of no use. */
    public static boolean isConnectionLost(SQLException failure) {
        String state = state(failure);
        return (state.startsWith("08") && !state.equals("08004"))
                || state.startsWith("57P0")
                || state.equals("25P03")
                || state.equals(READ_ONLY)
                || failure.getCause() instanceof IOException;
    }

    /** One sentence for a failure at a database that this sentence need not name. */
    public static RowhouseException explain(SQLException failure) {
        return explain(failure, null);
    }

    /** One sentence for a failure at the server {@code address}. */
    static RowhouseException explain(SQLException failure, @Nullable ServerAddress address) {
        RowhouseException tls =
                address == null ? null : TlsTrouble.explain(failure, address, Clock.systemUTC());
        return tls != null ? tls : explainPlainly(failure, address);
    }

    private static RowhouseException explainPlainly(
            SQLException failure, @Nullable ServerAddress address) {
        String server = address == null ? "The database" : "The database at " + address.hosts();
        String state = state(failure);
        String said = message(failure);
        return switch (state) {
            case "28P01", "28000", "08004" -> // the last: no password where one is needed
                    error(
                            ErrorCode.DATABASE_LOGIN_REFUSED,
                            server
                                    + " refused to log in"
                                    + (address == null ? "" : " user \"" + address.user() + "\"")
                                    + " ("
                                    + said
                                    + "): check user and password in the address, PGPASSWORD or the"
                                    + " password file.",
                            failure);
            case "3D000" ->
                    error(
                            ErrorCode.DATABASE_UNAVAILABLE,
                            server
                                    + " has no database named"
                                    + (address == null ? " so" : " \"" + address.database() + "\"")
                                    + ": create it, or name another one in the address.",
                            failure);
            case "42501" ->
                    error(
                            ErrorCode.DATABASE_RIGHTS_MISSING,
                            server
                                    + " denied a right that Rowhouse needs ("
                                    + said
                                    + "): grant it to the user, or make the user the database's"
                                    + " owner.",
                            failure);
            case "53100" ->
                    error(
                            ErrorCode.DISK_FULL,
                            server
                                    + " has no disk space left ("
                                    + said
                                    + "): free some space; what was acknowledged is safe.",
                            failure);
            case "RH001" -> error(ErrorCode.INVALID_ARGUMENT, refusal(failure), failure);
            case "RH002" -> error(ErrorCode.NOT_FOUND, refusal(failure), failure);
            case "RH003" -> error(ErrorCode.CONFLICT, refusal(failure), failure);
            default -> byClass(failure, server, state, said);
        };
    }

    private static RowhouseException byClass(
            SQLException failure, String server, String state, String said) {
        if (failure.getCause() instanceof UnknownHostException unknown) {
            return error(
                    ErrorCode.DATABASE_UNAVAILABLE,
                    "The database's host \""
                            + unknown.getMessage()
                            + "\" is not known: check the address.",
                    failure);
        }
        if (isConnectionLost(failure) || TRANSIENT_STATES.contains(state)) {
            return error(
                    ErrorCode.DATABASE_UNAVAILABLE,
                    server
                            + " does not answer as it should ("
                            + said
                            + "): check that the server runs and that the address is right.",
                    failure);
        }
        return error(
                ErrorCode.INTERNAL,
                server + " refused a statement of Rowhouse (" + said + ", SQLSTATE " + state + ").",
                failure);
    }

    private static RowhouseException error(ErrorCode code, String sentence, SQLException cause) {
        return new RowhouseException(code, sentence, cause);
    }

    private static String state(SQLException failure) {
        return failure.getSQLState() == null ? "" : failure.getSQLState();
    }

    /** What a function of the kernel said when it refused its arguments, and its hint. */
    private static String refusal(SQLException failure) {
        ServerErrorMessage server =
                failure instanceof PSQLException e ? e.getServerErrorMessage() : null;
        String hint = server == null || server.getHint() == null ? "" : " " + server.getHint();
        return message(failure) + "." + hint;
    }

    /** The server's own words in one line, or the driver's; no statement's values. */
    private static String message(SQLException failure) {
        ServerErrorMessage server =
                failure instanceof PSQLException e ? e.getServerErrorMessage() : null;
        String text = server != null ? server.getMessage() : failure.getMessage();
        String line = String.valueOf(text).lines().findFirst().orElse("").strip();
        return line.endsWith(".") ? line.substring(0, line.length() - 1) : line;
    }
}
