package org.rowhouse.node;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.rowhouse.accounts.Audit;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.store.Database;
import org.rowhouse.store.NamedSql;

/**
 * What clients see of the tables, and what they change there. Each statement stands in one {@code
 * .sql} file; its only column is JSON, made by the database and passed on as it is: its fields are
 * the columns of the tables, and nothing is copied from one Java object to the next.
 *
 * <p>Listings are bounded: they go by key, page by page, and none reads more than some ten thousand
 * rows however large the tables are.
 *
 * <p>Safe for all threads.
 */
final class Listings implements AutoCloseable {
    private static final NamedSql BEGIN = NamedSql.load(Listings.class, "begin_listing");

    private final TransactionPool pool;
    private final Map<String, NamedSql> statements = new ConcurrentHashMap<>();

    Listings(Database database) {
        this.pool = new TransactionPool(database, "listings", NodeBounds.CONNECTIONS_MAX, false);
    }

    /**
     * The JSON that the statement in {@code file} gives; null if it gives no row.
     *
     * @throws RowhouseException as {@link SqlErrors} says
     */
    @Nullable String json(String file, Map<String, ? extends @Nullable Object> values) {
        return run(file, "", values);
    }

    /**
     * Runs a statement that changes something, and notes in the same transaction who did it and
     * what it was before and after.
     *
     * @param deed what is done, and to what
     * @return its JSON
     * @throws RowhouseException as {@link SqlErrors} says; nothing is changed or noted then
     */
    String act(String file, Deed deed, Map<String, ? extends @Nullable Object> values) {
        Call call = deed.call();
        call.noted(false);
        Audit.Action action = deed.action();
        String answer =
                pool.run(connection -> {
                    prepare(connection, call.user());
                    String before = Audit.image(connection, action);
                    String done =
                            Objects.requireNonNull(
                                    first(connection, file, values), "an operation gives one row");
                    Deed.Verdict verdict = deed.verdict().apply(done);
                    Audit.note(
                            connection,
                            action,
                            before,
                            verdict.after(),
                            verdict.outcome(),
                            verdict.detail());
                    return done;
                });
        call.noted(true);
        return answer;
    }

    /** Runs a statement about what people keep for themselves, which the audit does not tell of. */
    String keep(String file, String user, Map<String, ? extends @Nullable Object> values) {
        return Objects.requireNonNull(run(file, user, values), "it gives one row");
    }

    private @Nullable String run(
            String file, String user, Map<String, ? extends @Nullable Object> values) {
        return pool.run(connection -> {
            prepare(connection, user);
            return first(connection, file, values);
        });
    }

    private @Nullable String first(
            Connection connection, String file, Map<String, ? extends @Nullable Object> values)
            throws SQLException {
        NamedSql sql =
                statements.computeIfAbsent(file, name -> NamedSql.load(Listings.class, name));
        try (PreparedStatement statement = sql.prepare(connection, values);
                ResultSet row = statement.executeQuery()) {
            return row.next() ? row.getString(1) : null;
        }
    }

    private static void prepare(Connection connection, String user) throws SQLException {
        Map<String, Object> values =
                Map.of("timeout_ms", NodeBounds.LISTING_TIMEOUT.toMillis(), "user", user);
        try (PreparedStatement statement = BEGIN.prepare(connection, values)) {
            statement.execute();
        }
    }

    @Override
    public void close() {
        pool.close();
    }
}
