package org.rowhouse.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rowhouse.store.Home;

/** The daemon as a process, with this test as its supervisor. */
class NodeMainTest {
    private static final String NOWHERE = "postgresql://nobody@127.0.0.1:1/none";

    @TempDir Path folder;

    @Test
    void aNodeThatWasUpAsksToBeStartedAgainWhenItsDatabaseIsGone() throws Exception {
        String database = NodeFixture.get().rowhouse.database().connectionString(true);
        Path home = folder.resolve("home");
        assertThat(end(start(home, NOWHERE))).as("it never came up").isEqualTo(NodeMain.CANNOT_RUN);

        Process node = start(home, database);
        await(node, home);
        node.destroyForcibly().waitFor();
        assertThat(end(start(home, NOWHERE))).as("it was up").isEqualTo(NodeMain.AGAIN);

        Process back = start(home, database);
        await(back, home);
        back.destroy();
        end(back);
        assertThat(NodeFile.read(Home.at(home))).as("it stopped in order").isNull();
    }

    @Test
    void afterADeathItAnswersWhereItDidUnlessItsFileIsSpoiltOrSomebodySaysWhere() throws Exception {
        Home home = Home.at(folder.resolve("home")).create();
        String file =
                """
                {"address": %s, "outer": %s, "pid": 1, "version": "1",
                 "started_at": "2026-01-01T00:00:00Z"}
                """;
        assertThat(before(home)).as("the first start").isNull();
        String address = "\"http://127.0.0.1:4711\"";
        assertThat(before(home, file.formatted(address, "null")))
                .isEqualTo(InetSocketAddress.createUnresolved("127.0.0.1", 4711));
        assertThat(before(home, "--listen", "127.0.0.1:4712")).as("told where").isNull();
        assertThat(before(home, file.formatted(address, "\"https://10.0.0.5:7\""))).isNull();
        for (String spoilt :
                List.of(
                        "null",
                        "\"\"",
                        "\"no address\"",
                        "\"http://host\"",
                        "\"http://h:99999\"")) {
            assertThat(before(home, file.formatted(spoilt, "null"))).as(spoilt).isNull();
        }
        assertThat(before(home, "{\"addr")).as("half of it").isNull();
    }

    private static InetSocketAddress before(Home home, String file) throws IOException {
        Files.writeString(home.path().resolve(NodeFile.NAME), file);
        return before(home);
    }

    private static InetSocketAddress before(Home home, String... words) {
        List<String> all = new ArrayList<>(List.of("--home", home.path().toString()));
        all.addAll(List.of(words));
        return NodeMain.before(NodeOptions.parse(all, Map.of()));
    }

    private Process start(Path home, String database) throws IOException {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Xmx256m",
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=1",
                                "-cp",
                                System.getProperty("java.class.path"),
                                NodeMain.class.getName()));
        command.addAll(List.of("--home", home.toString()));
        ProcessBuilder builder =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(
                                ProcessBuilder.Redirect.appendTo(folder.resolve("log").toFile()));
        builder.environment()
                .putAll(
                        Map.of(
                                "ROWHOUSE_DATABASE",
                                database,
                                NodeMain.SUPERVISOR,
                                Long.toString(ProcessHandle.current().pid())));
        return builder.start();
    }

    private void await(Process node, Path home) throws IOException {
        long endNs = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
        NodeFile file = null;
        while (file == null || file.pid() != node.pid()) {
            assertThat(node.isAlive() && System.nanoTime() < endNs)
                    .as(Files.readString(folder.resolve("log")))
                    .isTrue();
            file = NodeFile.read(Home.at(home));
        }
    }

    private static int end(Process node) throws InterruptedException {
        assertThat(node.waitFor(1, TimeUnit.MINUTES)).isTrue();
        return node.exitValue();
    }
}
