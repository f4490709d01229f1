package org.rowhouse.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import org.assertj.core.api.AbstractThrowableAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/** Every way a server can be wrong ends in one sentence and exit code 2. */
class DatabaseErrorsTest {
    @RegisterExtension static final SharedServer SERVER = new SharedServer();

    private static final Home HOME = Home.at(Path.of("never-created"));

    @Test
    void wrongPassword() {
        refused(
                        ErrorCode.DATABASE_LOGIN_REFUSED,
                        () -> open(SERVER.settings("rowhouse", "sesame", "rowhouse")))
                .hasMessageContaining("refused to log in user \"rowhouse\"")
                .hasMessageNotContaining("sesame");
    }

    @Test
    void unknownUser() {
        refused(
                        ErrorCode.DATABASE_LOGIN_REFUSED,
                        () -> open(SERVER.settings("nobody", "sesame", "rowhouse")))
                .hasMessageContaining("refused to log in user \"nobody\"");
    }

    @Test
    void noPassword() {
        refused(
                        ErrorCode.DATABASE_LOGIN_REFUSED,
                        () -> open("postgresql://rowhouse@" + SERVER.hosts() + "/rowhouse"))
                .hasMessageContaining("PGPASSWORD");
    }

    @Test
    void thePasswordFileIsAskedLast(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("pgpass");
        EmbeddedSecrets.writePrivate(file, "*:*:rowhouse:rowhouse:" + SERVER.password() + "\n");
        System.setProperty("org.postgresql.pgpassfile", file.toString());
        try {
            open("postgresql://rowhouse@" + SERVER.hosts() + "/rowhouse");
        } finally {
            System.clearProperty("org.postgresql.pgpassfile");
        }
    }

    @Test
    void wrongDatabase() {
        refused(
                        ErrorCode.DATABASE_UNAVAILABLE,
                        () -> open(SERVER.settings("rowhouse", SERVER.password(), "nowhere")))
                .hasMessageContaining("has no database named \"nowhere\"");
    }

    @Test
    void noServer() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        refused(
                        ErrorCode.DATABASE_UNAVAILABLE,
                        () -> open("postgresql://a:b@127.0.0.1:" + port + "/c"))
                .hasMessageContaining("127.0.0.1:" + port)
                .hasMessageContaining("check that the server runs");
    }

    @Test
    void unknownHost() {
        refused(ErrorCode.DATABASE_UNAVAILABLE, () -> open("postgresql://a:b@no-such.invalid/c"))
                .hasMessageContaining("no-such.invalid");
    }

    @Test
    void somethingElseOnThePort() throws Exception {
        try (ServerSocket other = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            Thread.startVirtualThread(() -> {
                try (Socket guest = other.accept()) {
                    guest.getOutputStream().write("HTTP/1.1 400\r\n\r\n".getBytes());
                } catch (java.io.IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            });
            refused(
                    ErrorCode.DATABASE_UNAVAILABLE,
                    () -> open("postgresql://a:b@127.0.0.1:" + other.getLocalPort() + "/c"));
        }
    }

    @Test
    void missingRights() {
        SERVER.asSuperuser("create role guest login password 'guest'");
        refused(
                        ErrorCode.DATABASE_RIGHTS_MISSING,
                        () -> open(SERVER.settings("guest", "guest", "rowhouse")))
                .hasMessageContaining("grant create on database rowhouse to guest");
    }

    @ParameterizedTest
    @CsvSource({
        "140009, UTF8, false, true, DATABASE_UNSUITABLE, needs version 15 or newer",
        "150001, LATIN1, false, true, DATABASE_UNSUITABLE, encoding UTF8",
        "150001, UTF8, true, true, DATABASE_UNSUITABLE, standby",
        "150001, UTF8, false, false, DATABASE_RIGHTS_MISSING, grant create",
    })
    void unfitServer(
            int version,
            String encoding,
            boolean standby,
            boolean mayCreate,
            ErrorCode code,
            String words) {
        ServerFitness fitness = new ServerFitness(version, "14.9", encoding, standby, mayCreate);
        ServerAddress address = ServerAddress.parse("postgresql://a@h/c", Map.of());
        refused(code, () -> fitness.require(address)).hasMessageContaining(words);
    }

    @Test
    void aFitServerIsAccepted() {
        new ServerFitness(150000, "15", "UTF8", false, true)
                .require(ServerAddress.parse("postgresql://a@h/c", Map.of()));
    }

    @ParameterizedTest
    @CsvSource({
        "08006, true",
        "57P01, true",
        "40001, true",
        "40P01, true",
        "53300, true",
        "23505, false",
        "22012, false",
        "53100, false",
        "42601, false"
    })
    void passingFailuresAreToldFromLastingOnes(String state, boolean passing) {
        assertThat(DatabaseErrors.isTransient(new SQLException("", state))).isEqualTo(passing);
    }

    @Test
    void aConnectionThatTheServerEndedIsLost() throws Exception {
        Database database = SERVER.embedded();
        try (Connection ended = database.connect("ended");
                Statement statement = ended.createStatement();
                Connection other = database.connect("other");
                Statement terminate = other.createStatement()) {
            terminate.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity"
                            + " where application_name = 'rowhouse ended'");
            assertThatThrownBy(() -> statement.execute("select 1"))
                    .isInstanceOfSatisfying(
                            SQLException.class,
                            e -> {
                                assertThat(DatabaseErrors.isConnectionLost(e)).isTrue();
                                assertThat(DatabaseErrors.explain(e).code())
                                        .isEqualTo(ErrorCode.DATABASE_UNAVAILABLE);
                            });
        }
    }

    private static AbstractThrowableAssert<?, ? extends Throwable> refused(
            ErrorCode code, ThrowingCallable work) {
        return assertThatThrownBy(work)
                .isInstanceOfSatisfying(
                        RowhouseException.class,
                        e -> {
                            assertThat(e.code()).isEqualTo(code);
                            assertThat(e.code().exitCode()).isEqualTo(2);
                            assertThat(e.getMessage()).doesNotContain("\n").endsWith(".");
                        });
    }

    private static void open(String url) {
        open(DatabaseSettings.server(url, Map.of()));
    }

    private static void open(DatabaseSettings settings) {
        Database.open(HOME, settings).close();
    }
}
