package org.rowhouse.node;

import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.store.DatabaseErrors;

/**
 * What an error of the database means to whoever asked for a listing, an operation or a statement.
 */
final class SqlErrors {
    private SqlErrors() {}

    /**
     * One sentence. The kernel's SQL functions raise their own sentences under the SQLSTATE that
     * fits; the rest are faults of the statement or of the database.
     */
    static RowhouseException explain(SQLException failure) {
        String state = failure.getSQLState() == null ? "" : failure.getSQLState();
        ErrorCode code = codeOf(state);
        return code == null
                ? DatabaseErrors.explain(failure)
                : new RowhouseException(code, sentence(failure), failure);
    }

    /** The database's own words, in one line. */
    static String words(SQLException failure) {
        ServerErrorMessage server =
                failure instanceof PSQLException e ? e.getServerErrorMessage() : null;
        String text = server == null ? failure.getMessage() : server.getMessage();
        return String.valueOf(text).lines().findFirst().orElse("");
    }

    private static @Nullable ErrorCode codeOf(String state) {
        return switch (state) {
            case "RH001" -> ErrorCode.INVALID_ARGUMENT;
            case "RH002", "P0002", "02000" -> ErrorCode.NOT_FOUND;
            case "RH003", "23505", "55000", "55006" -> ErrorCode.CONFLICT;
            case "57014" -> ErrorCode.TIMED_OUT;
            case "53400", "54000", "54001" -> ErrorCode.TOO_LARGE;
            case "P0001", "25006" -> ErrorCode.INVALID_ARGUMENT;
            case "42501" -> null;
            default ->
                    switch (state.length() < 2 ? "" : state.substring(0, 2)) {
                        // data, integrity, names and grammar: what was asked for is wrong
                        case "22",
                                "23",
                                "24",
                                "25",
                                "26",
                                "2D",
                                "34",
                                "42",
                                "0A",
                                "2B",
                                "3F",
                                "44" ->
                                ErrorCode.INVALID_ARGUMENT;
                        default -> null;
                    };
        };
    }

    private static String sentence(SQLException failure) {
        ServerErrorMessage server =
                failure instanceof PSQLException e ? e.getServerErrorMessage() : null;
        if (server == null) {
            return String.valueOf(failure.getMessage());
        }
        StringBuilder text = new StringBuilder(String.valueOf(server.getMessage()));
        String remedy = remedy(server);
        if (remedy != null) {
            return text.append(": ").append(remedy).toString();
        }
        if (server.getPosition() > 0) {
            text.append(" (at character ").append(server.getPosition()).append(')');
        }
        append(text, server.getDetail());
        append(text, server.getHint());
        return text.toString();
    }

    /** What to do about an error whose own words do not say it; null for all others. */
    private static @Nullable String remedy(ServerErrorMessage server) {
        return switch (String.valueOf(server.getSQLState())) {
            case "25006" ->
                    "statements can only read unless you allow more (--write; \\w at the prompt;"
                            + " \"write\": true over HTTP).";
            case "57014" ->
                    "give it a longer time-out (--timeout SECONDS; \"timeout\" over HTTP), or make"
                            + " it touch fewer rows.";
            default -> null;
        };
    }

    private static void append(StringBuilder text, @Nullable String more) {
        if (more != null) {
            text.append(text.toString().endsWith(".") ? " " : ". ").append(more);
        }
    }
}
