package org.rowhouse.accounts;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.store.NamedSql;

/**
 * The record of what people do. What was done stands there in the transaction that did it; what was
 * refused or failed has changed nothing, so its row is written by itself, and only so many a minute
 * for each caller, lest refusals fill the disk.
 *
 * <p>Owns table {@code audit}. Safe for all threads.
 */
public final class Audit {
    private static final System.Logger LOG = System.getLogger(Audit.class.getName());
    private static final NamedSql IMAGE = AccountTables.load("image");
    private static final NamedSql NOTE = AccountTables.load("note");
    private static final String NOT_WRITTEN = "could not be written to the audit";

    private final AccountTables tables;
    private final Allowance allowance = new Allowance();

    Audit(AccountTables tables) {
        this.tables = tables;
    }

    /** How an action ended. */
    public enum Outcome {
        DONE("done"),
        REFUSED("refused"),
        FAILED("failed");

        private final String sqlName;

        Outcome(String sqlName) {
            this.sqlName = sqlName;
        }
    }

    /**
     * What someone does.
     *
     * @param action the name of the API's route
     * @param kind what it is done to: queue, task, account ...
     * @param subjects names or ids; none if it is done to nothing in particular
     */
    public record Action(Caller caller, String action, String kind, List<String> subjects) {}

    /**
     * What is there now, as a row of the audit shows it before an action.
     *
     * @return JSON; null if it is not there, or its kind has no image
     */
    public static @Nullable String image(Connection connection, Action action) throws SQLException {
        return Objects.requireNonNull(
                        IMAGE.first(
                                connection,
                                Map.of("kind", action.kind, "subjects", action.subjects),
                                row -> Optional.ofNullable(row.getString("image"))))
                .orElse(null);
    }

    /**
     * Writes a row in the caller's transaction.
     *
     * @param before what {@link #image} gave
     * @param after JSON of what was made; null: of {@link Outcome#DONE} the image as it is now
     * @param detail a sentence, or null
     */
    public static void note(
            Connection connection,
            Action action,
            @Nullable String before,
            @Nullable String after,
            Outcome outcome,
            @Nullable String detail)
            throws SQLException {
        Map<String, @Nullable Object> values = new HashMap<>();
        values.put("account", action.caller.name());
        values.put("role", action.caller.role().sqlName());
        values.put("via", action.caller.via().sqlName());
        values.put("address", action.caller.address());
        values.put("action", action.action);
        values.put("kind", action.kind);
        values.put("subject", shown(action.subjects));
        values.put("subjects", action.subjects.stream().map(Audit::clean).toList());
        values.put("before", before);
        values.put("after", after);
        values.put("outcome", outcome.sqlName);
        values.put("detail", detail == null ? null : clip(detail, AccountBounds.DETAIL_LENGTH_MAX));
        NOTE.execute(connection, values);
    }

    /**
     * Writes a row about what was done in no transaction of the caller's.
     *
     * @throws RowhouseException if the database does not take it
     */
    public void note(
            Action action,
            @Nullable String before,
            @Nullable String after,
            @Nullable String detail) {
        tables.transaction(
                action.caller.name(),
                connection -> {
                    note(connection, action, before, after, Outcome.DONE, detail);
                    return true;
                });
    }

    /**
     * Writes a row about what has been done already, in no transaction of the caller's. Never
     * throws: if the database does not take it, the log has it.
     */
    public void noteDone(Action action, @Nullable String before, @Nullable String detail) {
        try {
            note(action, before, null, detail);
        } catch (RowhouseException e) {
            logUnwritten(action, Outcome.DONE, e);
        }
    }

    private static void logUnwritten(Action action, Outcome outcome, RowhouseException e) {
        LOG.log(
                System.Logger.Level.WARNING,
                "{0} of ''{1}'' on {2} ({3}) {4}: {5}",
                action.action,
                action.caller.name(),
                shown(action.subjects),
                outcome.sqlName,
                NOT_WRITTEN,
                e.getMessage());
    }

    /** What is there now; see {@link #image(Connection, Action)}. */
    public @Nullable String image(Action action) {
        return tables.<@Nullable String>with(connection -> image(connection, action));
    }

    /** Writes a row about what the caller's role does not allow. Never throws. */
    public void refused(Action action, String sentence) {
        apart(action, Outcome.REFUSED, sentence);
    }

    /** Writes a row about what was tried in vain. Never throws. */
    public void failed(Action action, String sentence) {
        apart(action, Outcome.FAILED, sentence);
    }

    private void apart(Action action, Outcome outcome, String sentence) {
        // Whoever has proved nothing may take any name: the address counts alone.
        String who = action.caller.via() == Caller.Via.NONE ? "" : action.caller.name();
        Allowance.Answer answer = allowance.take(who + " " + Network.of(action.caller.address()));
        if (!answer.allowed()) {
            return;
        }
        String detail =
                answer.leftOut() == 0
                        ? sentence
                        : "(After "
                                + answer.leftOut()
                                + " more that are left out here.) "
                                + sentence;
        try {
            tables.transaction(
                    action.caller.name(),
                    connection -> {
                        note(connection, action, null, null, outcome, detail);
                        return true;
                    });
        } catch (RowhouseException e) {
            logUnwritten(action, outcome, e);
        }
    }

    private static String shown(List<String> subjects) {
        List<String> first = subjects.subList(0, Math.min(3, subjects.size()));
        int more = subjects.size() - first.size();
        return clip(
                String.join(", ", first) + (more == 0 ? "" : " and " + more + " more"),
                AccountBounds.SUBJECT_LENGTH_MAX);
    }

    /** Without the one character that PostgreSQL's text cannot have. */
    private static String clean(String text) {
        return text.replace('\0', '?');
    }

    private static String clip(String text, int most) {
        String clean = clean(text);
        if (clean.length() <= most) {
            return clean;
        }
        int end = most - 3;
        return clean.substring(0, Character.isHighSurrogate(clean.charAt(end - 1)) ? end - 1 : end)
                + "...";
    }
}
