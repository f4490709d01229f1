package org.rowhouse.node;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.rowhouse.accounts.Audit;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.store.Database;
import org.rowhouse.store.NamedSql;

/**
 * Runs statements that a person wrote. One statement at a time, in a transaction of its own that
 * can only read unless the person says otherwise; with several at once, a {@code commit} among them
 * would end that protection. They have connections of their own, whose sessions are wiped after
 * each.
 */
final class SqlRunner implements AutoCloseable {
    private static final NamedSql BEGIN = NamedSql.load(SqlRunner.class, "begin_statement");
    private static final int ROWS = 1_000;
    private static final double SECONDS = 60;

    private final TransactionPool pool;

    SqlRunner(Database database) {
        this.pool =
                new TransactionPool(database, "statements", NodeBounds.SQL_CONNECTIONS_MAX, true);
    }

    /**
     * Runs it with all rights.
     *
     * @param action what the audit is told of it, in the same transaction; null: nothing, since it
     *     can only read
     * @throws RowhouseException INVALID_ARGUMENT with the database's words, TIMED_OUT
     */
    Views.SqlResult run(Views.Sql request, String user, Audit.@Nullable Action action) {
        String statement = Required.field("statement", request.statement());
        int limit = limit(request);
        Duration timeout = timeout(request, NodeBounds.SQL_TIMEOUT_MAX);
        return pool.run(connection -> {
            SqlValues.requireOne(statement);
            begin(connection, request, user, timeout);
            if (action != null) {
                // Before it runs: afterwards the session may be another's or read-only.
                Audit.note(
                        connection,
                        action,
                        null,
                        Json.text(Map.of("statement", SqlSecrets.masked(statement))),
                        Audit.Outcome.DONE,
                        null);
            }
            return execute(connection, statement, limit);
        });
    }

    static int limit(Views.Sql request) {
        return bounded(
                "limit",
                Objects.requireNonNullElse(request.limit(), ROWS),
                NodeBounds.SQL_ROWS_MAX);
    }

    static Duration timeout(Views.Sql request, Duration most) {
        double seconds = Objects.requireNonNullElse(request.timeout(), SECONDS);
        if (!(seconds > 0 && seconds <= most.toSeconds())) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "'timeout' must be above 0 and at most " + most.toSeconds() + " seconds.");
        }
        return Duration.ofMillis(Math.max(1, (long) (seconds * 1e3)));
    }

    static void begin(Connection connection, Views.Sql request, String user, Duration timeout)
            throws SQLException {
        Map<String, @Nullable Object> values = new HashMap<>();
        values.put("timeout_ms", timeout.toMillis());
        values.put("schema", request.schema());
        values.put("user", user);
        values.put("read_only", Boolean.TRUE.equals(request.write()) ? "off" : "on");
        try (PreparedStatement settings = BEGIN.prepare(connection, values)) {
            settings.execute();
        }
    }

    private static Views.SqlResult execute(Connection connection, String text, int limit)
            throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.setEscapeProcessing(false);
            statement.setMaxRows(limit + 1);
            statement.setFetchSize(Math.min(limit + 1, 1_000));
            if (!statement.execute(text)) {
                long changed = statement.getLargeUpdateCount();
                return new Views.SqlResult(List.of(), List.of(), false, changed);
            }
            try (ResultSet rows = statement.getResultSet()) {
                return read(rows, limit);
            }
        }
    }

    private static Views.SqlResult read(ResultSet rows, int limit) throws SQLException {
        List<SqlValues.Column> columns = SqlValues.columns(rows.getMetaData());
        List<List<@Nullable Object>> values = new ArrayList<>();
        boolean truncated = false;
        while (!truncated && rows.next()) {
            if (values.size() == limit) {
                truncated = true;
            } else {
                List<@Nullable Object> row = new ArrayList<>(columns.size());
                for (int i = 0; i < columns.size(); i++) {
                    row.add(SqlValues.value(rows.getString(i + 1), columns.get(i)));
                }
                values.add(row);
            }
        }
        return new Views.SqlResult(SqlValues.views(columns), values, truncated, null);
    }

    private static int bounded(String field, int value, int most) {
        if (value < 1 || value > most) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "'" + field + "' must be 1 to " + most + ", but is " + value + ".");
        }
        return value;
    }

    @Override
    public void close() {
        pool.close();
    }
}
