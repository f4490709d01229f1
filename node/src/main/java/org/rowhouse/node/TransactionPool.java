package org.rowhouse.node;

import java.lang.System.Logger.Level;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.store.ConnectionPool;
import org.rowhouse.store.Database;
import org.rowhouse.store.NamedSql;

/**
 * A few connections, and transactions on them. Statements are planned anew each time: a plan must
 * fit the tables as they are now, not as they were when the node began.
 *
 * <p>Safe for all threads.
 */
final class TransactionPool implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(TransactionPool.class.getName());
    private static final NamedSql DISCARD = NamedSql.load(TransactionPool.class, "discard");
    private static final NamedSql RESET_ROLE = NamedSql.load(TransactionPool.class, "reset_role");

    private final ConnectionPool pool;
    private final boolean discards;

    /**
     * @param most connections at one time
     * @param discards whether a transaction may leave something behind in its session, as a
     *     statement of the user may, so that all of it is discarded before the next one
     */
    TransactionPool(Database database, String purpose, int most, boolean discards) {
        this.pool =
                new ConnectionPool(
                        name -> database.connect(name, Map.of("prepareThreshold", "0")),
                        purpose,
                        most,
                        NodeBounds.CONNECTION_WAIT.toMillis());
        this.discards = discards;
    }

    /**
     * Runs {@code work} in a transaction of its own, which is committed when it is done.
     *
     * @throws RowhouseException as {@link SqlErrors} says; OVERLOADED if all connections are busy
     */
    <T extends @Nullable Object> T run(ConnectionPool.Work<T, SQLException> work) {
        try {
            return pool.with(connection ->
                    discards ? watched(connection, work) : transaction(connection, work));
        } catch (SQLException e) {
            throw SqlErrors.explain(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RowhouseException(
                    ErrorCode.STOPPING, "The node is stopping: ask again later.", e);
        }
    }

    /** A statement of the user: when its client goes away, it ends. */
    private static <T extends @Nullable Object> T watched(
            Connection connection, ConnectionPool.Work<T, SQLException> work) throws SQLException {
        ClientWatch watch = ClientWatch.begin(() -> cancel(connection));
        try (watch) {
            T result = transaction(connection, work);
            discard(connection);
            return result;
        } finally {
            // Now it fires no more. What we sent to cancel it must not meet the next statement.
            if (watch.fired()) {
                connection.close();
            }
        }
    }

    private static void cancel(Connection connection) {
        try {
            connection.unwrap(PGConnection.class).cancelQuery();
        } catch (SQLException e) {
            LOG.log(Level.DEBUG, "a statement could not be cancelled", e);
        }
    }

    private static <T extends @Nullable Object> T transaction(
            Connection connection, ConnectionPool.Work<T, SQLException> work) throws SQLException {
        connection.setAutoCommit(false);
        try {
            T result = work.run(connection);
            connection.commit();
            return result;
        } catch (SQLException | RuntimeException e) {
            connection.rollback();
            throw e;
        } finally {
            connection.setAutoCommit(true);
        }
    }

    /** What was done is done: if its traces cannot be removed, the connection goes with them. */
    private static void discard(Connection connection) throws SQLException {
        try {
            DISCARD.execute(connection, Map.of());
            RESET_ROLE.execute(connection, Map.of());
        } catch (SQLException e) {
            connection.close();
        }
    }

    @Override
    public void close() {
        pool.close();
    }
}
