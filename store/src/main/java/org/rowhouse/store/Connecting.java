package org.rowhouse.store;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** Opens connections, one try or patiently. */
final class Connecting {
    private static final Duration PAUSE_FIRST = Duration.ofMillis(5);
    private static final Duration PAUSE_MAX = Duration.ofMillis(500);
    private static final String CONNECT_SECONDS_MAX = "10";

    private Connecting() {}

    /**
     * Tries once.
     *
     * @param purpose shown as the connection's application name
     * @param properties of the driver, over its defaults
     */
    static Connection once(ServerAddress address, String purpose, Map<String, String> properties)
            throws SQLException {
        Properties all = new Properties();
        all.setProperty("connectTimeout", CONNECT_SECONDS_MAX);
        all.setProperty("loginTimeout", CONNECT_SECONDS_MAX);
        all.setProperty("tcpKeepAlive", "true");
        all.setProperty("assumeMinServerVersion", "15");
        all.setProperty("ApplicationName", "rowhouse " + purpose);
        all.putAll(address.properties());
        properties.forEach(all::setProperty);
        return DriverManager.getConnection(address.jdbcUrl(), all);
    }

    /** Tries again after a passing failure, with growing pauses, until {@code patience} is over. */
    static Connection patiently(
            Supplier<ServerAddress> address,
            String purpose,
            Map<String, String> properties,
            Duration patience)
            throws SQLException {
        long deadline = System.nanoTime() + patience.toNanos();
        Duration pause = PAUSE_FIRST;
        while (true) {
            try {
                return once(address.get(), purpose, properties);
            } catch (SQLException e) {
                boolean goOn =
                        DatabaseErrors.isTransient(e)
                                && System.nanoTime() + pause.toNanos() < deadline
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
