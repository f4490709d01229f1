package org.rowhouse.store;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/**
 * A transaction as a component's code may use it: names are looked up in the component's schema
 * meanwhile, and what would end the transaction is refused, since Rowhouse commits it.
 */
public final class LentConnection {
    private static final NamedSql SEARCH_PATH = NamedSql.load(LentConnection.class, "search_path");
    private static final String NOTHING = "pg_catalog";
    private static final Set<String> OURS =
            Set.of(
                    "commit",
                    "rollback",
                    "close",
                    "abort",
                    "setAutoCommit",
                    "setSchema",
                    "unwrap",
                    "setReadOnly");

    private LentConnection() {}

    /** What the component does with it. */
    @FunctionalInterface
    public interface Use<T extends @Nullable Object, E extends Throwable> {
        T run(Connection sql) throws E;
    }

    /**
     * Lends it for one use.
     *
     * @param connection in a transaction
     * @param schema of the component's own tables; null if it has none
     * @param borrower what it is lent to, as the subject of a sentence
     * @param record what is committed together with the use
     * @throws E what the use threw; the transaction is then to be rolled back
     */
    public static <T extends @Nullable Object, E extends Throwable> T lend(
            Connection connection,
            @Nullable String schema,
            String borrower,
            String record,
            Use<T, E> use)
            throws SQLException, E {
        lookIn(connection, schema == null ? NOTHING : schema);
        T result = use.run(guarded(connection, borrower, record));
        lookIn(connection, NOTHING);
        return result;
    }

    private static void lookIn(Connection connection, String schema) throws SQLException {
        SEARCH_PATH.execute(connection, Map.of("schema", schema));
    }

    private static Connection guarded(Connection connection, String borrower, String record) {
        return (Connection)
                Proxy.newProxyInstance(
                        LentConnection.class.getClassLoader(),
                        new Class<?>[] {Connection.class},
                        (proxy, method, arguments) -> {
                            if (OURS.contains(method.getName())) {
                                throw new RowhouseException(
                                        ErrorCode.INVALID_COMPONENT,
                                        borrower
                                                + " must not call "
                                                + method.getName()
                                                + " on its connection: Rowhouse commits it together"
                                                + " with "
                                                + record
                                                + ".");
                            }
                            try {
                                return method.invoke(connection, arguments);
                            } catch (InvocationTargetException e) {
                                throw e.getTargetException();
                            }
                        });
    }
}
