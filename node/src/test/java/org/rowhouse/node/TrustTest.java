package org.rowhouse.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rowhouse.api.StartOptions;
import org.rowhouse.node.TrustedCluster.Member;

/** Nodes that find each other by tokens and certificates, over addresses of their own. */
class TrustTest {
    private final TrustedCluster cluster = new TrustedCluster();
    @TempDir Path folder;

    @AfterEach
    void stop() {
        cluster.close();
    }

    @Test
    void aNodeThatJoinedByATokenRunsTasksOverMutualTls() throws Exception {
        Member first = cluster.up(folder.resolve("one"), "alpha", "127.0.0.2");
        Member second = cluster.join(first, folder.resolve("two"), "beta", "127.0.0.3");

        Echoes.Word word =
                second.rowhouse()
                        .start(
                                "echoes/echo",
                                new Echoes.Word("over TLS"),
                                Echoes.Word.class,
                                StartOptions.DIRECT)
                        .result(java.time.Duration.ofSeconds(30));
        assertThat(word.text()).isEqualTo("over TLS");
        assertThat(second.rowhouse().database().embedded()).isFalse();

        assertThat(
                        rows(
                                second,
                                "select session_user || ' ' || current_user || ' ' || ssl::text"
                                        + " || ' ' || version || ' ' || client_dn"
                                        + " from pg_stat_ssl where pid = pg_backend_pid()"))
                .containsExactly("node-beta rowhouse true TLSv1.3 /CN=node-beta");
        assertThat(rows(first, "select count(*)::text from pg_stat_ssl s"
                + " join pg_stat_activity a using (pid) where a.usename = 'rowhouse' and s.ssl"))
                .as("loopback stays as it was")
                .containsExactly("0");
        assertThat(rows(first, "select name || ' ' || (address like 'https:%') from rowhouse.node order by 1"))
                .containsExactly("alpha true", "beta true");
        for (Path home : List.of(first.home().path(), second.home().path())) {
            try (var files = Files.walk(home.resolve("trust"))) {
                assertThat(files)
                        .allMatch(file -> PosixFilePermissions.toString(permissions(file))
                                .equals(Files.isDirectory(file) ? "rwx------" : "rw-------"));
            }
        }
        assertThat(second.home().path().resolve("trust/authority.key")).doesNotExist();
    }

    private static java.util.Set<java.nio.file.attribute.PosixFilePermission> permissions(Path file) {
        try {
            return Files.getPosixFilePermissions(file);
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static List<String> rows(Member member, String sql) throws Exception {
        List<String> rows = new java.util.ArrayList<>();
        try (Connection connection = member.rowhouse().database().connect("test");
                ResultSet row = connection.createStatement().executeQuery(sql)) {
            while (row.next()) {
                rows.add(row.getString(1));
            }
        }
        return rows;
    }
}
