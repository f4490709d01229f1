package org.rowhouse.trust;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.Properties;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.store.Database;
import org.rowhouse.store.Home;

/** Who gets into an embedded database from outside, and what the others are told. */
class DatabaseTlsTest {
    private static final String HOST = "127.0.0.11";
    private static final String FOREIGN_HOST = "127.0.0.12";
    private static final Clock LONG_AGO = Clock.offset(Clock.systemUTC(), Duration.ofDays(-40));

    @TempDir static Path folder;
    private static OneCluster cluster;
    private static OneCluster foreign;

    @BeforeAll
    static void start() {
        cluster = OneCluster.up(folder.resolve("cluster"), HOST);
        foreign = OneCluster.up(folder.resolve("foreign"), FOREIGN_HOST);
    }

    @AfterAll
    static void stop() {
        foreign.close();
        cluster.close();
    }

    @Test
    void aJoinedNodeComesInByItsCertificateAndIsNoSuperuser() throws Exception {
        Home home = cluster.join(folder.resolve("good"), "good");
        try (Database database = OneCluster.open(home);
                Connection sql = database.connect("test");
                Statement statement = sql.createStatement()) {
            assertThat(text(statement, "select session_user || ' ' || current_user"))
                    .isEqualTo("node-good rowhouse");
            assertThat(
                            text(
                                    statement,
                                    "select bool_or(rolsuper or rolcreaterole or rolcreatedb"
                                            + " or rolreplication or rolbypassrls)::text from"
                                            + " pg_roles where pg_has_role(session_user, oid,"
                                            + " 'member')"))
                    .isEqualTo("false");
            statement.execute("create table rowhouse.made_there (a int)");
            assertThat(
                            text(
                                    statement,
                                    "select tableowner from pg_tables where tablename ="
                                            + " 'made_there'"))
                    .as("what it makes belongs to all nodes")
                    .isEqualTo("rowhouse");
            statement.execute("drop table rowhouse.made_there");
        }
    }

    @Test
    void fromOutsideNeitherAPasswordNorAnUnencryptedConnectionIsTaken() {
        String password =
                java.net
                        .URI
                        .create(cluster.database().connectionString(true))
                        .getUserInfo()
                        .split(":")[1];
        for (String mode : new String[] {"disable", "require"}) {
            Properties properties = new Properties();
            properties.setProperty("user", "rowhouse");
            properties.setProperty("password", password);
            properties.setProperty("sslmode", mode);
            properties.setProperty("localSocketAddress", HOST); // not from 127.0.0.1
            assertThatThrownBy(() ->
                            DriverManager.getConnection(
                                            "jdbc:postgresql://" + address() + "/rowhouse",
                                            properties)
                                    .close())
                    .as(mode)
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("no pg_hba.conf entry");
        }
    }

    @Test
    void aMissingClientCertificateIsNamed() {
        cluster.join(folder.resolve("bare"), "bare");
        refused(
                url("node-bare", "require", ""),
                "without a client certificate",
                "none was shown",
                "sslcert");
    }

    @Test
    void anUnencryptedConnectionOfANodeIsRefused() {
        cluster.join(folder.resolve("plain"), "plain");
        refused(url("node-plain", "disable", ""), "takes no unencrypted connection", "verify-full");
    }

    @Test
    void anExpiredClientCertificateIsNamedWithItsEnd() {
        Home home = cluster.join(folder.resolve("expired"), "expired");
        cluster.reissue(home, "expired", LONG_AGO);
        String until =
                new TrustFiles(home)
                        .certificate(TrustFiles.NODE)
                        .getNotAfter()
                        .toInstant()
                        .toString();
        refused(Trust.databaseUrl(home), "CN=node-expired", until, "expired", "join anew");
    }

    @Test
    void aForeignClientCertificateIsNamedWithItsAuthority() {
        Home home = foreign.join(folder.resolve("stranger"), "stranger");
        // It trusts the server, so that only the server can refuse it.
        String url = url("node-stranger", "verify-full", files(cluster.home(), home));
        refused(url, "CN=node-stranger", "does not know the authority", "CN=Rowhouse cluster");
    }

    @Test
    void aServerOfAnotherAuthorityIsNotBelieved() {
        Home home = cluster.join(folder.resolve("careful"), "careful");
        String url = Trust.databaseUrl(home).replace(address(), foreignAddress());
        refused(
                url,
                "signed by CN=Rowhouse cluster",
                "and not by the authority in",
                "somebody between");
    }

    @Test
    void aServerAtAnotherAddressThanItsCertificateIsNotBelieved() {
        Home home = cluster.join(folder.resolve("elsewhere"), "elsewhere");
        String url = Trust.databaseUrl(home).replace(HOST, "127.0.0.1");
        refused(url, "made for " + HOST, "not for 127.0.0.1");
    }

    @Test
    void anExpiredServerIsNotBelieved() {
        try (OneCluster old = OneCluster.up(folder.resolve("old"), "127.0.0.13", LONG_AGO)) {
            Home home = old.join(folder.resolve("young"), "young");
            refused(Trust.databaseUrl(home), "CN=node-first-of-127.0.0.13", "has expired", "renew");
        }
    }

    @Test
    void aCertificateOpensOnlyTheRoleThatItNames() {
        Home home = cluster.join(folder.resolve("climber"), "climber");
        cluster.join(folder.resolve("victim"), "victim");
        refused(
                Trust.databaseUrl(home).replace("node-climber@", "node-victim@"),
                "CN=node-climber",
                "node-victim");
        refusedWith(
                ErrorCode.DATABASE_LOGIN_REFUSED,
                Trust.databaseUrl(home).replace("node-climber@", "postgres@"),
                "postgres");
    }

    @Test
    void aServerWithoutTlsIsTold() {
        try (Database plain =
                Database.open(
                        Home.at(folder.resolve("plain server")),
                        org.rowhouse.store.DatabaseSettings.embedded())) {
            String url = plain.connectionString(true).replace("sslmode=disable", "sslmode=require");
            refused(url, "does not speak TLS", "sslmode=require");
        }
    }

    @Test
    void filesThatAreMissingOrNoCertificatesAreNamed() throws Exception {
        Path nothing = folder.resolve("nothing.crt");
        refused(
                url("a", "verify-full", "&sslrootcert=" + nothing),
                "sslrootcert",
                "does not exist");
        Path text = Files.writeString(folder.resolve("text.crt"), "hello");
        refused(url("a", "verify-full", "&sslrootcert=" + text), "holds no certificate");
        refusedWith(
                ErrorCode.INVALID_ARGUMENT,
                url("a", "verify-full", "&sslrootcert=relative.crt"),
                "absolute");
        refusedWith(ErrorCode.INVALID_ARGUMENT, url("a", "sometimes", ""), "verify-full");
        refusedWith(
                ErrorCode.INVALID_ARGUMENT,
                url("a", "require", "&sslcert=" + cluster.home().trust().resolve("node.crt")),
                "only one of sslcert and sslkey");
    }

    @Test
    void aRevokedNodeLosesItsConnectionsAndComesInNoMore() throws Exception {
        Home home = cluster.join(folder.resolve("lost"), "lost");
        try (Database database = OneCluster.open(home);
                Connection sql = database.connect("test")) {
            assertThat(cluster.trust().authority().revoke("lost", "test")).isEqualTo(1);
            assertThatThrownBy(() -> sql.createStatement().execute("select 1"))
                    .isInstanceOf(SQLException.class);
        }
        refused(Trust.databaseUrl(home), "CN=node-lost", "was revoked");
        assertThatThrownBy(() -> cluster.trust().authority().revoke("lost", "test"))
                .asInstanceOf(type(RowhouseException.class))
                .returns(ErrorCode.NOT_FOUND, RowhouseException::code);
        Home again = cluster.join(folder.resolve("found"), "lost");
        OneCluster.open(again).close();
        refused(Trust.databaseUrl(home), "was revoked");
    }

    private static String files(Home authority, Home own) {
        return "&sslrootcert="
                + authority.trust().resolve("authority.crt")
                + "&sslcert="
                + own.trust().resolve("node.crt")
                + "&sslkey="
                + own.trust().resolve("node.key");
    }

    private static String url(String user, String mode, String more) {
        return "postgresql://" + user + "@" + address() + "/rowhouse?sslmode=" + mode + more;
    }

    private static String address() {
        return HOST + ":" + cluster.database().port().orElseThrow();
    }

    private static String foreignAddress() {
        return FOREIGN_HOST + ":" + foreign.database().port().orElseThrow();
    }

    private static void refused(String url, String... words) {
        refusedWith(ErrorCode.CERTIFICATE_REFUSED, url, words);
    }

    private static void refusedWith(ErrorCode code, String url, String... words) {
        assertThatThrownBy(() -> OneCluster.open(Home.at(folder.resolve("client")), url).close())
                .asInstanceOf(type(RowhouseException.class))
                .satisfies(e -> {
                    assertThat(e.getMessage()).contains(words);
                    assertThat(e.code()).isEqualTo(code);
                });
    }

    private static String text(Statement statement, String sql) throws SQLException {
        try (ResultSet row = statement.executeQuery(sql)) {
            return row.next() ? row.getString(1) : "";
        }
    }
}
