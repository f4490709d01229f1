package org.rowhouse.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

class ServerAddressTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "postgresql://me:p%40ss@db.example:5433/store",
                "postgres://me:p%40ss@db.example:5433/store",
                "jdbc:postgresql://me:p%40ss@db.example:5433/store",
                "jdbc:postgresql://db.example:5433/store?user=me&password=p%40ss",
            })
    void allFormsMeanTheSame(String url) {
        ServerAddress address = ServerAddress.parse(url, Map.of());
        assertThat(address.jdbcUrl()).isEqualTo("jdbc:postgresql://db.example:5433/store");
        assertThat(address.properties())
                .containsEntry("user", "me")
                .containsEntry("password", "p@ss");
        assertThat(address.connectionString(true))
                .isEqualTo("postgresql://me:p%40ss@db.example:5433/store");
        assertThat(address).hasToString("postgresql://me@db.example:5433/store");
    }

    @Test
    void theEnvironmentFillsWhatTheUrlLeavesOut() {
        Map<String, String> environment =
                Map.of("PGUSER", "me", "PGPASSWORD", "secret", "PGDATABASE", "store");
        ServerAddress address = ServerAddress.parse("postgresql://db.example", environment);
        assertThat(address.connectionString(true))
                .isEqualTo("postgresql://me:secret@db.example/store");
        assertThat(
                        ServerAddress.parse("postgresql://you:own@h/d", environment)
                                .connectionString(true))
                .isEqualTo("postgresql://you:own@h/d");
    }

    @Test
    void theDatabaseIsNamedAsTheUserIfNothingSaysOtherwise() {
        assertThat(ServerAddress.parse("postgresql://me@", Map.of()).jdbcUrl())
                .isEqualTo("jdbc:postgresql://localhost/me");
    }

    @Test
    void aFolderAsHostMeansTheSocketInIt() {
        ServerAddress address =
                ServerAddress.parse("postgresql://me:pw@:5433/d?host=/run/a%20b", Map.of());
        assertThat(address.properties())
                .containsEntry("socketFactoryArg", "/run/a b/.s.PGSQL.5433")
                .doesNotContainKey("host");
        assertThat(address).hasToString("postgresql://me@:5433/d?host=%2Frun%2Fa%20b");
        assertThat(ServerAddress.parse(address.connectionString(true), Map.of()).properties())
                .isEqualTo(address.properties());
        assertThat(ServerAddress.parse("postgresql:///d?host=/run", Map.of()).properties())
                .containsEntry("socketFactoryArg", "/run/.s.PGSQL.5432");
        ServerAddress withPort =
                ServerAddress.parse("postgresql:///d?host=/run&port=5433", Map.of());
        assertThat(withPort.properties())
                .containsEntry("socketFactoryArg", "/run/.s.PGSQL.5433")
                .doesNotContainKey("port");
        assertThat(withPort.jdbcUrl()).isEqualTo("jdbc:postgresql://localhost:5433/d");
        assertThat(ServerAddress.parse("postgresql://[::1]:1/d?port=2", Map.of()).hosts())
                .isEqualTo("[::1]:2");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "postgresql://a:1,b:2/d?host=/run",
                "postgresql://a/d?host=db.example",
                "postgresql://a/d?host=/LONG",
                "postgresql://a/d?host=/a%00b",
            })
    void aHostThatCannotBeASocketsFolderIsRefused(String url) {
        assertThatThrownBy(
                        () -> ServerAddress.parse(url.replace("LONG", "x".repeat(100)), Map.of()))
                .isInstanceOf(RowhouseException.class)
                .hasMessageContaining("absolute path of the folder");
    }

    @ParameterizedTest
    @ValueSource(strings = {"postgresql://a,b/d?port=1", "postgresql://a/d?port=x"})
    void aPortThatIsNoneIsRefused(String url) {
        assertThatThrownBy(() -> ServerAddress.parse(url, Map.of()))
                .isInstanceOf(RowhouseException.class)
                .hasMessageContaining("one number, for one host");
    }

    @Test
    void ofManyHostsThePrimaryIsMeant() {
        ServerAddress address = ServerAddress.parse("postgresql://me@a:1,b:2/d", Map.of());
        assertThat(address.jdbcUrl()).isEqualTo("jdbc:postgresql://a:1,b:2/d");
        assertThat(address.properties()).containsEntry("targetServerType", "primary");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "targetServerType=primary",
                "targetServerType=any",
                "target_session_attrs=read-write",
                "target_session_attrs=primary",
            })
    void theOptionThatAsksForThePrimarySaysWhatIsMeantAnyway(String option) {
        ServerAddress address =
                ServerAddress.parse("postgresql://me@a:1,b:2/d?" + option, Map.of());
        assertThat(address.properties())
                .containsEntry("targetServerType", "primary")
                .doesNotContainKey("target_session_attrs");
        assertThat(address)
                .hasToString("postgresql://me@a:1,b:2/d?target_session_attrs=read-write");
        assertThat(address.each()).map(ServerAddress::hosts).containsExactly("a:1", "b:2");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "targetServerType=secondary",
                "target_session_attrs=standby",
                "target_session_attrs=read-only",
            })
    void aServerThatTakesNoChangesIsRefused(String option) {
        assertThatThrownBy(() -> ServerAddress.parse("postgresql://a,b/d?" + option, Map.of()))
                .isInstanceOf(RowhouseException.class)
                .hasMessageContaining("target_session_attrs=read-write");
    }

    @Test
    void optionsReachTheDriverByItsNames() {
        ServerAddress address =
                ServerAddress.parse(
                        "postgresql://me@h/d?sslmode=require&connect_timeout=3", Map.of());
        assertThat(address.properties())
                .containsEntry("sslmode", "require")
                .containsEntry("connectTimeout", "3");
        assertThat(address.connectionString(false))
                .isEqualTo("postgresql://me@h/d?sslmode=require");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "mysql://me:geheim@h/d",
                "geheim",
                "postgresql://a:geheim@b@c/d",
                "postgresql://me:%zgeheim@h/d",
                "postgresql://me:geheim@h:port/d",
                "postgresql://me:geheim@h:99999/d",
                "postgresql://me:geheim@a:1,[::1]:123456789012/d"
            })
    void aWrongAddressIsRefusedWithoutRepeatingItsPassword(String url) {
        assertThatThrownBy(() -> ServerAddress.parse(url, Map.of()))
                .isInstanceOfSatisfying(
                        RowhouseException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT))
                .hasMessageNotContaining("geheim");
    }
}
