package org.rowhouse.node;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.rowhouse.accounts.Accounts;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.store.Database;
import org.rowhouse.store.NamedSql;

/**
 * Runs statements of people who are no admins: queries alone, under the rights of the database's
 * role {@code rowhouse_viewer}.
 *
 * <p>The statement is text to a function that runs as its owner, that role. Within such a function
 * PostgreSQL refuses every change of role, so the statement cannot get back to the node's own
 * rights. Besides, the transaction can only read, and it is always rolled back: nothing that a
 * statement puts off to the commit ever runs. What its columns are called is asked beforehand,
 * which runs nothing.
 */
final class ViewerSql implements AutoCloseable {
    private static final NamedSql READ = NamedSql.load(ViewerSql.class, "read_as_viewer");
    private static final String DENIED = "42501";
    private static final String NO_QUERY = "42P11";
    private static final String READ_ONLY = "25006";

    private final Accounts accounts;
    private final TransactionPool pool;

    ViewerSql(Database database, Accounts accounts) {
        this.accounts = accounts;
        this.pool =
                new TransactionPool(
                        database,
                        "statements of viewers",
                        NodeBounds.VIEWER_SQL_CONNECTIONS_MAX,
                        true);
    }

    /**
     * Runs it.
     *
     * @throws RowhouseException FORBIDDEN for what viewers may not read; INVALID_ARGUMENT,
     *     TIMED_OUT; DATABASE_RIGHTS_MISSING if the database has no such role and the node may not
     *     make it
     */
    Views.SqlResult run(Views.Sql request, String user) {
        String statement = Required.field("statement", request.statement());
        int limit = SqlRunner.limit(request);
        Duration timeout = SqlRunner.timeout(request, NodeBounds.VIEWER_SQL_TIMEOUT_MAX);
        requireRole();
        return pool.run(connection -> {
            SqlValues.requireOne(statement);
            try {
                return look(connection, request, user, timeout, limit);
            } catch (SQLException e) {
                connection.rollback();
                if (!DENIED.equals(e.getSQLState()) || !learned(connection)) {
                    throw explain(e);
                }
            }
            try {
                return look(connection, request, user, timeout, limit);
            } catch (SQLException e) {
                throw explain(e);
            }
        });
    }

    private void requireRole() {
        String needs = accounts.viewerNeeds();
        if (needs != null) {
            throw new RowhouseException(
                    ErrorCode.DATABASE_RIGHTS_MISSING,
                    needs.isEmpty()
                            ? "Statements of viewers and operators cannot be run on this database:"
                                    + " the node's log says why."
                            : "Statements of viewers and operators run under a role of their own,"
                                    + " which the node may not make: let an owner of the database"
                                    + " run `"
                                    + needs
                                    + "`.");
        }
    }

    /** Whether viewers may read more now: a component may have made its tables since. */
    private static boolean learned(Connection connection) throws SQLException {
        boolean more = Accounts.letViewersRead(connection);
        connection.commit();
        return more;
    }

    private static Views.SqlResult look(
            Connection connection, Views.Sql request, String user, Duration timeout, int limit)
            throws SQLException {
        SqlRunner.begin(connection, request, user, timeout);
        List<SqlValues.Column> columns = describe(connection, request.statement());
        List<List<@Nullable Object>> rows = new ArrayList<>();
        long bytes = 0;
        Map<String, Object> values =
                Map.of(
                        "statement",
                        request.statement(),
                        "rows",
                        limit + 1,
                        "bytes",
                        NodeBounds.VIEWER_SQL_BYTES_MAX);
        try (PreparedStatement reading = READ.prepare(connection, values);
                ResultSet row = reading.executeQuery()) {
            while (rows.size() < limit && row.next()) {
                String line = row.getString(1);
                bytes += line.getBytes(StandardCharsets.UTF_8).length; // as it is counted there
                rows.add(values(line, columns));
            }
            boolean truncated = row.next() || bytes >= NodeBounds.VIEWER_SQL_BYTES_MAX;
            return new Views.SqlResult(SqlValues.views(columns), rows, truncated, null);
        } finally {
            connection.rollback();
        }
    }

    private static List<@Nullable Object> values(String line, List<SqlValues.Column> columns) {
        List<@Nullable String> fields = SqlValues.fields(line, columns.size());
        List<@Nullable Object> values = new ArrayList<>(fields.size());
        for (int i = 0; i < fields.size(); i++) {
            values.add(SqlValues.value(fields.get(i), columns.get(i)));
        }
        return values;
    }

    private static List<SqlValues.Column> describe(Connection connection, String text)
            throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement(SqlValues.preparable(text))) {
            ResultSetMetaData about = statement.getMetaData();
            if (about == null) {
                throw new RowhouseException(ErrorCode.INVALID_ARGUMENT, QUERIES);
            }
            return SqlValues.columns(about);
        }
    }

    private static final String QUERIES =
            "Only an admin's statements may change something: this must be a query, such as select,"
                    + " with, values, table, explain or show.";

    private static RowhouseException explain(SQLException failure) {
        return switch (String.valueOf(failure.getSQLState())) {
            case NO_QUERY, READ_ONLY ->
                    new RowhouseException(ErrorCode.INVALID_ARGUMENT, QUERIES, failure);
            case DENIED ->
                    new RowhouseException(
                            ErrorCode.FORBIDDEN,
                            "Your role may not do this in the database ("
                                    + SqlErrors.words(failure)
                                    + "): ask an admin.",
                            failure);
            default -> SqlErrors.explain(failure);
        };
    }

    @Override
    public void close() {
        pool.close();
    }
}
