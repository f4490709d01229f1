package org.rowhouse.accounts;

import java.sql.SQLException;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.store.ConnectionPool;
import org.rowhouse.store.Connections;
import org.rowhouse.store.DatabaseErrors;
import org.rowhouse.store.NamedSql;

/** Transactions on the tables of accounts, on a few connections of their own. */
final class AccountTables implements AutoCloseable {
    private static final NamedSql SPEAK_FOR = load("speak-for");

    private final ConnectionPool pool;

    AccountTables(Connections connections) {
        this.pool =
                new ConnectionPool(
                        connections,
                        "accounts",
                        AccountBounds.CONNECTIONS_MAX,
                        AccountBounds.CONNECTION_WAIT.toMillis());
    }

    static NamedSql load(String name) {
        return NamedSql.load(AccountTables.class, "sql/" + name);
    }

    /**
     * Runs {@code work} in a transaction of its own that speaks for {@code user}.
     *
     * @throws RowhouseException what {@code work} throws and as {@link DatabaseErrors} says;
     *     OVERLOADED if all connections are busy
     */
    <T extends @Nullable Object> T transaction(
            String user, ConnectionPool.Work<T, SQLException> work) {
        return with(connection -> {
            connection.setAutoCommit(false);
            try {
                SPEAK_FOR.execute(connection, Map.of("user", user));
                T result = work.run(connection);
                connection.commit();
                return result;
            } catch (SQLException | RuntimeException e) {
                connection.rollback();
                throw e;
            } finally {
                connection.setAutoCommit(true);
            }
        });
    }

    /** Runs {@code work} whose one statement is its own transaction. */
    <T extends @Nullable Object> T with(ConnectionPool.Work<T, SQLException> work) {
        try {
            return pool.with(work);
        } catch (SQLException e) {
            throw DatabaseErrors.explain(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RowhouseException(
                    ErrorCode.STOPPING, "The node is stopping: ask again later.", e);
        }
    }

    @Override
    public void close() {
        pool.close();
    }
}
