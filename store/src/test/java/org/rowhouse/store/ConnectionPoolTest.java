package org.rowhouse.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A few connections that many threads take turns with, and that are lost together. */
class ConnectionPoolTest {
    @RegisterExtension static final SharedServer SERVER = new SharedServer();

    private static final int CONNECTIONS = 4;

    @Test
    void aReadGoesOnAlthoughAllIdleConnectionsWereLostAtOnce() throws Exception {
        Database database = SERVER.embedded();
        try (ConnectionPool pool =
                new ConnectionPool(database::connect, "pool test", CONNECTIONS, 10_000)) {
            fill(pool);
            terminate(database);
            assertThat(pool.<Integer>read(ConnectionPoolTest::one)).isOne();
        }
    }

    @Test
    @Timeout(60)
    void connectionsThatNobodyNeedsAnyMoreAreClosed() throws Exception {
        List<Connection> opened = Collections.synchronizedList(new ArrayList<>());
        Connections counted =
                purpose -> {
                    Connection fresh = SERVER.embedded().connect(purpose);
                    opened.add(fresh);
                    return fresh;
                };
        try (ConnectionPool pool =
                new ConnectionPool(counted, "pool test", CONNECTIONS, 1, Duration.ofMillis(50))) {
            fill(pool);
            assertThat(opened).hasSize(CONNECTIONS);
            for (Connection connection : opened) {
                while (!connection.isClosed()) {
                    Thread.onSpinWait();
                }
            }
            assertThat(pool.<Integer>read(ConnectionPoolTest::one)).isOne();
        }
    }

    /** Has all connections in use at one time, so that all are idle afterwards. */
    private static void fill(ConnectionPool pool) {
        CountDownLatch all = new CountDownLatch(CONNECTIONS);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < CONNECTIONS; i++) {
                threads.execute(() ->
                        pool.<Integer>read(connection -> {
                            all.countDown();
                            awaitQuietly(all);
                            return one(connection);
                        }));
            }
        }
        assertThat(all.getCount()).isZero();
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static int one(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("select 1")) {
            row.next();
            return row.getInt(1);
        }
    }

    private static void terminate(Database database) throws SQLException {
        try (Connection connection = database.connect("other");
                Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery(
                                "select count(pg_terminate_backend(pid)) from pg_stat_activity"
                                        + " where application_name = 'rowhouse pool test'")) {
            row.next();
            assertThat(row.getInt(1)).isEqualTo(CONNECTIONS);
        }
    }
}
