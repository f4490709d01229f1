package org.rowhouse.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rowhouse.cli.CliFixture.Result;
import org.rowhouse.node.NodeFile;
import org.rowhouse.store.Home;

/** Commands as processes of their own, killed where it hurts. */
class ProcessTest {
    @TempDir Path folder;
    private CommandProcesses processes;

    @Test
    void aNodeGoesUpSurvivesItsDeathAndGoesDown() throws Exception {
        Path home = folder.resolve("my home");
        assertThat(finish(start(home, "up")).ok().out()).contains("The node is up on " + home);
        assertThat(finish(start(home, "up")).ok().out()).contains("up already");
        finish(start(home, "run", CliFixture.NUMBERS.toString(), "20")).ok();

        NodeFile killed = NodeFile.read(Home.at(home));
        kill(killed.pid());
        assertThat(finish(start(home, "ps")).code()).isEqualTo(2);
        assertThat(finish(start(home, "up")).ok().out()).contains("The node is up");
        assertThat(NodeFile.read(Home.at(home)).address()).isEqualTo(killed.address());
        Path file = folder.resolve("all.zip");
        assertThat(finish(start(home, "backup", file.toString())).ok().out())
                .contains(file.toString());
        assertThat(finish(start(home, "restore", file.toString())).err()).contains("rowhouse down");
        assertThat(finish(start(home, "down")).ok().out()).contains("has stopped");
        assertThat(Files.exists(home.resolve(NodeFile.NAME))).isFalse();

        Path other = folder.resolve("other");
        assertThat(finish(start(other, "restore", file.toString())).ok().out())
                .contains("every checksum agrees");
        assertThat(finish(start(other, "run", "numbers", "2")).ok().out())
                .contains("400", "total  5");
    }

    @Test
    void withoutANodeTheDatabaseCanBeAskedAndStopped() throws Exception {
        Path home = folder.resolve("home");
        Result nothing = finish(start(home, "sql", "select 1"));
        assertThat(nothing.code()).isEqualTo(2);
        assertThat(nothing.err()).contains("rowhouse up");

        finish(start(home, "run", CliFixture.NUMBERS.toString(), "3")).ok();
        String query = "select count(*) as squares from numbers.square";
        assertThat(finish(start(home, "sql", query)).ok().out()).isEqualTo("squares\n      3\n");

        finish(start(home, "up")).ok();
        kill(NodeFile.read(Home.at(home)).pid());
        assertThat(finish(start(home, "down")).ok().out()).contains("left running has stopped");
        assertThat(finish(start(home, "down")).ok().out()).contains("No node is up");
    }

    @Test
    void thePasswordOfADatabaseIsInNoCommandLine() throws Exception {
        String database = CliFixture.get().give("psql").ok().word();
        String password = java.net.URI.create(database).getUserInfo().split(":")[1];
        Path home = folder.resolve("home");
        finish(start(home, "up", "--database", database)).ok();
        try {
            NodeFile node = NodeFile.read(Home.at(home));
            assertThat(Files.readString(Path.of("/proc/" + node.pid() + "/cmdline")))
                    .contains("--home")
                    .doesNotContain(password);
        } finally {
            finish(start(home, "down")).ok();
        }
    }

    @Test
    void aRunThatIsKilledGoesOnWhenItIsGivenAgain() throws Exception {
        Path home = folder.resolve("home");
        String[] words = {"run", CliFixture.NUMBERS.toString(), "400"};
        Process first = start(home, words);
        while (first.isAlive() && squares(home) < 10) {
            first.waitFor(50, TimeUnit.MILLISECONDS);
        }
        assertThat(first.isAlive()).as("it was killed on its way").isTrue();
        kill(first.pid());
        first.waitFor();
        Result second = finish(start(home, words)).ok();
        assertThat(second.err()).contains("Going on with task");
        assertThat(second.out()).contains("total  21,413,400");
    }

    /** How many children of the run have ended so far; 0 while nothing can be asked. */
    private static long squares(Path home) {
        try (NodeClient node = NodeClient.find(Home.at(home))) {
            return node == null
                    ? 0
                    : node.get("/tasks?function=square&state=succeeded&limit=50")
                            .path("tasks")
                            .size();
        } catch (org.rowhouse.api.RowhouseException e) {
            return 0;
        }
    }

    @Test
    void whatTheSurroundingsForbidIsOneSentenceAndCode2() throws Exception {
        Path file = Files.createFile(folder.resolve("file"));
        Result home = finish(start(file, "up"));
        assertThat(home.code()).isEqualTo(2);
        assertThat(home.err()).startsWith("rowhouse: ").contains(file.toString());
        Result database =
                finish(
                        start(
                                folder.resolve("h"),
                                "up",
                                "--database",
                                "postgresql://nobody@127.0.0.1:1/none"));
        assertThat(database.code()).isEqualTo(2);
        assertThat(database.err()).contains("127.0.0.1:1").doesNotContain("\tat ");
        Result address = finish(start(folder.resolve("h"), "up", "--listen", "192.0.2.1:1"));
        assertThat(address.code()).isEqualTo(2);
        assertThat(address.err()).contains("192.0.2.1:1");
    }

    private Process start(Path home, String... words) throws IOException {
        return processes().start(home, words);
    }

    private Result finish(Process process) throws IOException, InterruptedException {
        return processes().finish(process);
    }

    private static void kill(long pid) {
        CommandProcesses.kill(pid);
    }

    private CommandProcesses processes() {
        if (processes == null) {
            processes = new CommandProcesses(folder);
        }
        return processes;
    }
}
