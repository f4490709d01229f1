package org.rowhouse.store;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/** Opens connections, one try or patiently. */
final class Connecting {
    private static final Duration PAUSE_FIRST = Duration.ofMillis(5);
    private static final Duration PAUSE_MAX = Duration.ofMillis(500);
    private static final String SOCKET_TIMEOUT = "socketTimeout";

    private Connecting() {}

    /** A try to open a connection. */
    @FunctionalInterface
    interface Try {
        Connection connect() throws SQLException;
    }

    /** Tries once; takes its time. */
    static Connection once(ServerAddress address, String purpose, Map<String, String> properties)
            throws SQLException {
        return once(address, purpose, properties, false);
    }

    /**
     * Tries once. Every wait for the server has a bound, until it has let us in.
     *
     * @param purpose shown as the connection's application name
     * @param properties of the driver, over its defaults and the address's
     * @param soon whether someone else may be asked if the server does not answer soon
     */
    static Connection once(
            ServerAddress address, String purpose, Map<String, String> properties, boolean soon)
            throws SQLException {
        Properties all = new Properties();
        all.setProperty(
                "connectTimeout",
                seconds(soon ? StoreBounds.CONNECT_SOON : StoreBounds.CONNECT_MAX));
        all.setProperty("tcpKeepAlive", "true");
        all.setProperty("assumeMinServerVersion", "15");
        all.setProperty("ApplicationName", "rowhouse " + purpose);
        all.putAll(address.properties());
        properties.forEach(all::setProperty);
        // While it logs in, the driver reads under this bound; a bound for the whole login would
        // leave a thread behind in each try.
        String wanted = all.getProperty(SOCKET_TIMEOUT, "0");
        all.setProperty(
                SOCKET_TIMEOUT, seconds(soon ? StoreBounds.LOGIN_SOON : StoreBounds.CONNECT_MAX));
        Connection connection = DriverManager.getConnection(address.jdbcUrl(), all);
        connection.setNetworkTimeout(
                Runnable::run, Math.toIntExact(Integer.parseInt(wanted) * 1000L));
        return connection;
    }

    private static String seconds(Duration time) {
        return Long.toString(time.toSeconds());
    }

    /**
     * Tries again after a passing failure, with growing pauses.
     *
     * @param deadline until when, by {@link System#nanoTime}; asked each time, since it may move
     */
    static Connection patiently(Try once, LongSupplier deadline) throws SQLException {
        Duration pause = PAUSE_FIRST;
        while (true) {
            try {
                return once.connect();
            } catch (SQLException e) {
                boolean goOn =
                        DatabaseErrors.isTransient(e)
                                && System.nanoTime() + pause.toNanos() - deadline.getAsLong() < 0
                                && !Thread.currentThread().isInterrupted();
                if (!goOn) {
                    throw e;
                }
            }
            LockSupport.parkNanos(pause.toNanos());
            Duration twice = pause.multipliedBy(2);
            pause = twice.compareTo(PAUSE_MAX) > 0 ? PAUSE_MAX : twice;
        }
    }
}
