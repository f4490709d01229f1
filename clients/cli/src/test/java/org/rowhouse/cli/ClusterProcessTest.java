package org.rowhouse.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rowhouse.cli.CliFixture.Result;
import org.rowhouse.node.NodeFile;
import org.rowhouse.store.Home;
import tools.jackson.databind.JsonNode;

/** Two nodes as processes, each at a loopback address of its own. */
class ClusterProcessTest {
    @TempDir Path folder;
    private CommandProcesses processes;
    private Path one;
    private Path two;

    @BeforeEach
    void name() {
        processes = new CommandProcesses(folder);
        one = folder.resolve("one");
        two = folder.resolve("two");
    }

    @AfterEach
    void stop() throws Exception {
        give(two, "down");
        give(one, "down");
    }

    @Test
    void aSecondNodeJoinsByATokenWorksAndIsShutOut() throws Exception {
        assertThat(give(one, "up", "--listen", "127.0.0.31:0", "--name", "one").ok().out())
                .contains("https://127.0.0.31:");
        String token = give(one, "token", "create", "--ttl", "10m").ok().word();
        assertThat(token).startsWith("rowhouse://127.0.0.31:");
        give(two, "up", "--join", token, "--listen", "127.0.0.32:0", "--name", "two").ok();
        theSecretIsNowhere(token);

        assertThat(give(two, "run", CliFixture.NUMBERS.toString(), "20").ok().out())
                .contains("total  2,870");
        assertThat(give(one, "sql", "select count(*) as squares from numbers.square").ok().out())
                .contains("20");
        give(two, "sql", "--write", "create table numbers.by_hand (a int)").ok();
        give(two, "sql", "--write", "create table numbers.by_hand_again (a int)").ok();
        String owners =
                "select string_agg(distinct tableowner::text, ' ') as owners, count(*) as tables"
                        + " from pg_tables where schemaname = 'numbers'";
        assertThat(give(one, "sql", owners).ok().out())
                .as("what a joined node makes belongs to all")
                .contains("rowhouse       3")
                .doesNotContain("node-two");

        JsonNode certificates = give(one, "certificates", "--json").ok().json();
        assertThat(certificates.valueStream().map(c -> c.path("subject").asString()))
                .containsExactlyInAnyOrder("CN=node-one", "CN=node-two");
        assertThat(certificates.get(0).path("fingerprint").asString()).hasSize(64);
        assertThat(give(one, "token").ok().out()).contains("used", "two");
        Result notHere = give(two, "token", "create");
        assertThat(notHere.code()).isEqualTo(1);
        assertThat(notHere.err()).contains("https://127.0.0.31:");

        give(two, "down").ok();
        Path file = folder.resolve("all.zip");
        give(two, "backup", file.toString()).ok();
        assertThat(file).exists();

        assertThat(give(one, "certificates", "revoke", "two").ok().out()).contains("revoked");
        Result out = give(two, "up", "--listen", "127.0.0.32:0");
        assertThat(out.code()).isEqualTo(2);
        assertThat(out.err()).contains("CN=node-two", "revoked");
        assertThat(give(two, "sql", "select 1").err()).contains("CN=node-two", "revoked");
    }

    /** Not in the command line or environment of any process, nor in a log or file of a home. */
    private void theSecretIsNowhere(String token) throws Exception {
        String secret = token.substring(token.lastIndexOf('/') + 1, token.lastIndexOf('.'));
        for (Path home : new Path[] {one, two}) {
            long pid = NodeFile.read(Home.at(home)).pid();
            for (String file : new String[] {"cmdline", "environ"}) {
                assertThat(
                                Files.readString(
                                        Path.of("/proc/" + pid, file), StandardCharsets.ISO_8859_1))
                        .doesNotContain(secret, "PRIVATE KEY");
            }
            try (Stream<Path> files = Files.walk(home)) {
                for (Path file :
                        files.filter(Files::isRegularFile)
                                .filter(path -> !path.toString().contains("/database/data/"))
                                .toList()) {
                    assertThat(Files.readString(file, StandardCharsets.ISO_8859_1))
                            .as(file.toString())
                            .doesNotContain(secret);
                }
            }
        }
    }

    private Result give(Path home, String... words) throws Exception {
        return processes.finish(processes.start(home, words));
    }
}
