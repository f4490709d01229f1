package org.rowhouse.node;

import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.postgresql.core.NativeQuery;
import org.postgresql.core.Parser;
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
     * Runs it.
     *
     * @throws RowhouseException INVALID_ARGUMENT with the database's words, TIMED_OUT
     */
    Views.SqlResult run(Views.Sql request, String user) {
        String statement = Required.field("statement", request.statement());
        int limit =
                bounded(
                        "limit",
                        Objects.requireNonNullElse(request.limit(), ROWS),
                        NodeBounds.SQL_ROWS_MAX);
        double seconds = Objects.requireNonNullElse(request.timeout(), SECONDS);
        if (!(seconds > 0 && seconds <= NodeBounds.SQL_TIMEOUT_MAX.toSeconds())) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    "'timeout' must be above 0 and at most "
                            + NodeBounds.SQL_TIMEOUT_MAX.toSeconds()
                            + " seconds.");
        }
        Duration timeout = Duration.ofMillis(Math.max(1, (long) (seconds * 1e3)));
        return pool.run(connection -> {
            requireOne(statement);
            begin(connection, request, user, timeout);
            return execute(connection, statement, limit);
        });
    }

    private static void requireOne(String text) throws SQLException {
        List<NativeQuery> statements = Parser.parseJdbcSql(text, true, false, true, false, false);
        if (statements.size() != 1) {
            throw new RowhouseException(
                    ErrorCode.INVALID_ARGUMENT,
                    statements.isEmpty()
                            ? "There is no statement."
                            : "These are "
                                    + statements.size()
                                    + " statements: give one at a time.");
        }
    }

    private static void begin(
            Connection connection, Views.Sql request, String user, Duration timeout)
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
        ResultSetMetaData about = rows.getMetaData();
        List<Views.SqlColumn> columns = new ArrayList<>();
        for (int i = 1; i <= about.getColumnCount(); i++) {
            columns.add(new Views.SqlColumn(about.getColumnLabel(i), about.getColumnTypeName(i)));
        }
        List<List<@Nullable Object>> values = new ArrayList<>();
        boolean truncated = false;
        while (!truncated && rows.next()) {
            if (values.size() == limit) {
                truncated = true;
            } else {
                values.add(row(rows, about));
            }
        }
        return new Views.SqlResult(columns, values, truncated, null);
    }

    private static List<@Nullable Object> row(ResultSet rows, ResultSetMetaData about)
            throws SQLException {
        List<@Nullable Object> row = new ArrayList<>(about.getColumnCount());
        for (int i = 1; i <= about.getColumnCount(); i++) {
            row.add(value(rows, about, i));
        }
        return row;
    }

    /** Numbers, truth values and JSON keep their kind; all else is the database's text. */
    private static @Nullable Object value(ResultSet rows, ResultSetMetaData about, int column)
            throws SQLException {
        String text = rows.getString(column);
        if (text == null) {
            return null;
        }
        return switch (about.getColumnType(column)) {
            case Types.SMALLINT, Types.INTEGER, Types.BIGINT -> Long.valueOf(text);
            case Types.NUMERIC, Types.REAL, Types.DOUBLE, Types.FLOAT -> number(text);
            case Types.BIT, Types.BOOLEAN ->
                    about.getColumnTypeName(column).equals("bool")
                            ? (Object) text.startsWith("t")
                            : text;
            default ->
                    switch (about.getColumnTypeName(column)) {
                        case "json", "jsonb" -> Json.MAPPER.readTree(text);
                        default -> text;
                    };
        };
    }

    private static Object number(String text) {
        try {
            return new BigDecimal(text);
        } catch (NumberFormatException e) {
            return text; // NaN and Infinity are no JSON numbers
        }
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
