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
    void ofManyHostsThePrimaryIsMeant() {
        ServerAddress address = ServerAddress.parse("postgresql://me@a:1,b:2/d", Map.of());
        assertThat(address.jdbcUrl()).isEqualTo("jdbc:postgresql://a:1,b:2/d");
        assertThat(address.properties()).containsEntry("targetServerType", "primary");
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
