package org.rowhouse.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
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
