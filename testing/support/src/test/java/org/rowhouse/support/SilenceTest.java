package org.rowhouse.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.rowhouse.store.Database;
import org.rowhouse.store.DatabaseErrors;
import org.rowhouse.store.DatabaseSettings;
import org.rowhouse.store.Home;

/** A connection that gives no answer is given up if its server is gone, and only then. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class SilenceTest {
    @TempDir static Path folder;

    private static Database server;

    private FaultProxy network;
    private Database database;

    @BeforeAll
    static void startServer() {
        server =
                Database.open(
                        Home.at(folder.resolve("home")).create(), DatabaseSettings.embedded());
    }

    @AfterAll
    static void stopServer() {
        server.close();
    }

    @BeforeEach
    void openThroughTheNetwork() throws Exception {
        String url = server.connectionString(true);
        int port = URI.create(url).getPort();
        network = FaultProxy.before(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        database =
                Database.open(
                        Home.at(folder.resolve("other")),
                        DatabaseSettings.server(
                                url.replace(":" + port, ":" + network.address().getPort()),
                                Map.of()));
    }

    @AfterEach
    void close() throws Exception {
        database.close();
        network.close();
    }

    private static String ask(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        }
    }

    @Test
    void aServerThatIsAtWorkForLongIsLeftToIt() throws SQLException {
        try (Connection connection = database.connect("slow")) {
            assertThat(ask(connection, "select 'done' from pg_sleep(7)")).isEqualTo("done");
        }
    }

    @Test
    void aNetworkThatIsSlowForLessThanTheBoundHarmsNothing() throws SQLException {
        try (Connection connection = database.connect("slow")) {
            network.delay(Duration.ofMillis(600));
            assertThat(ask(connection, "select 1")).isEqualTo("1");
            network.heal();
            assertThat(ask(connection, "select 2")).isEqualTo("2");
        }
    }

    @Test
    void aServerThatIsCutOffIsGivenUp() throws SQLException {
        try (Connection connection = database.connect("cut")) {
            network.cut();
            assertLost(() -> ask(connection, "select 1"));
        }
        network.heal();
        try (Connection connection = database.connect("again")) {
            assertThat(ask(connection, "select 1")).isEqualTo("1");
        }
    }

    @Test
    @Tag("long")
    void aServerThatTakesNothingIsGivenUpBySendersToo() throws SQLException {
        try (Connection connection = database.connect("cut")) {
            network.cut(FaultProxy.Direction.TO_SERVER);
            // More than the proxy and the buffers below it hold.
            String much = "x".repeat(60_000_000);
            assertLost(() -> ask(connection, "select length('" + much + "')"));
        }
    }

    @Test
    void aHalfOpenConnectionIsGivenUpThoughTheServerIsWell() throws SQLException {
        try (Connection connection = database.connect("half open")) {
            network.forget();
            assertLost(() -> ask(connection, "select 1"));
            try (Connection other = database.connect("other")) {
                assertThat(ask(other, "select 1")).isEqualTo("1");
            }
        }
    }

    @Test
    @Tag("long")
    void aConnectionWhoseAnswerWasLostIsGivenUp() throws SQLException {
        try (Connection connection = database.connect("no answer")) {
            network.cut(FaultProxy.Direction.TO_CLIENT);
            assertLost(() -> ask(connection, "select 1"));
        }
    }

    private interface Question {
        String ask() throws SQLException;
    }

    private static void assertLost(Question question) {
        assertThatThrownBy(question::ask)
                .isInstanceOfSatisfying(
                        SQLException.class,
                        e -> assertThat(DatabaseErrors.isConnectionLost(e)).isTrue());
    }
}
