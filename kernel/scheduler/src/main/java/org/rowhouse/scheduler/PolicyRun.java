package org.rowhouse.scheduler;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.store.DatabaseErrors;
import org.rowhouse.store.NamedSql;

/** Lets PostgreSQL run a policy over the live relations, within bounds of time and rows. */
final class PolicyRun {
    private static final NamedSql SESSION = NamedSql.load(PolicyRun.class, "live/policy_session");

    private PolicyRun() {}

    /** Where a policy wants a task; device -1 for none. */
    record Choice(UUID task, String node, int device) {}

    /**
     * @throws RowhouseException INVALID_ARGUMENT if the policy fails, takes too long, gives too
     *     much or what is no place
     * @throws SQLException if the connection is lost
     */
    static List<Choice> run(Connection connection, Policy policy) throws SQLException {
        connection.setAutoCommit(false);
        try {
            SESSION.execute(
                    connection,
                    Map.of("ms", String.valueOf(SchedulerBounds.POLICY_TIME.toMillis())));
            return choices(connection, policy);
        } catch (SQLException e) {
            if (connection.isClosed()
                    || e.getSQLState() == null
                    || e.getSQLState().startsWith("08")) {
                throw e;
            }
            String why =
                    e.getSQLState().equals("57014")
                            ? "took longer than %s ms."
                                    .formatted(SchedulerBounds.POLICY_TIME.toMillis())
                            : "was refused by PostgreSQL: " + e.getMessage();
            throw failed(policy, why, e);
        } finally {
            if (!connection.isClosed()) {
                connection.rollback();
                connection.setAutoCommit(true);
            }
        }
    }

    /**
     * Lets PostgreSQL plan a policy without running it.
     *
     * @throws RowhouseException INVALID_ARGUMENT with what PostgreSQL says and where
     * @throws SQLException if the connection is lost
     */
    static void plan(Connection connection, Policy policy) throws SQLException {
        connection.setAutoCommit(false);
        String sql = "explain " + PolicySql.place(policy);
        try (Statement statement = connection.createStatement()) {
            SESSION.execute(
                    connection,
                    Map.of("ms", String.valueOf(SchedulerBounds.POLICY_TIME.toMillis())));
            statement.execute(sql);
        } catch (SQLException e) {
            ServerErrorMessage server =
                    e instanceof PSQLException of ? of.getServerErrorMessage() : null;
            if (server == null || DatabaseErrors.isConnectionLost(e)) {
                throw e;
            }
            throw failed(policy, "is refused by PostgreSQL: " + said(policy, sql, server) + ".", e);
        } finally {
            if (!connection.isClosed()) {
                connection.rollback();
                connection.setAutoCommit(true);
            }
        }
    }

    /** The server counts characters from the beginning of the whole statement. */
    private static String said(Policy policy, String sql, ServerErrorMessage server) {
        String text = policy.text().strip();
        int at = server.getPosition() - 1 - sql.indexOf(text);
        return server.getPosition() > 0 && at >= 0 && at < text.length()
                ? PolicyGuard.place(text, at) + ": " + server.getMessage()
                : String.valueOf(server.getMessage());
    }

    private static List<Choice> choices(Connection connection, Policy policy) throws SQLException {
        List<Choice> choices = new ArrayList<>();
        try (Statement statement = connection.createStatement()) {
            statement.setMaxRows(SchedulerBounds.CHOICES_MAX + 1);
            try (ResultSet row = statement.executeQuery(PolicySql.place(policy))) {
                while (row.next()) {
                    choices.add(choice(policy, row));
                }
            }
        }
        if (choices.size() > SchedulerBounds.CHOICES_MAX) {
            throw failed(
                    policy,
                    "gave more than %d placements.".formatted(SchedulerBounds.CHOICES_MAX),
                    null);
        }
        return choices;
    }

    private static Choice choice(Policy policy, ResultSet row) throws SQLException {
        String task = row.getString(1);
        String node = row.getString(2);
        if (task == null || node == null) {
            throw failed(policy, "gave a placement without task or node.", null);
        }
        try {
            return new Choice(UUID.fromString(task), node, row.getInt(3));
        } catch (IllegalArgumentException e) {
            throw failed(policy, "gave '%s' as a task.".formatted(task), e);
        }
    }

    private static RowhouseException failed(Policy policy, String why, @Nullable Throwable cause) {
        return new RowhouseException(
                ErrorCode.INVALID_ARGUMENT,
                "The policy '%s' %s".formatted(policy.name(), why),
                cause);
    }
}
