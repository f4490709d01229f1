package org.rowhouse.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rowhouse.cli.CliFixture.Result;
import tools.jackson.databind.JsonNode;

/** Commands about policies, given as a person gives them. */
class PolicyCommandsTest {
    private final CliFixture cli = CliFixture.get();

    @TempDir Path folder;

    private String file(String text) throws Exception {
        return Files.writeString(folder.resolve("policy.sql"), text).toString();
    }

    @Test
    void policiesAreListedAndShown() {
        assertThat(cli.give("policy").ok().out())
                .contains("POLICY", "least-loaded", "gpu-packing", "yes");
        assertThat(cli.give("policy", "list", "--json").ok().json())
                .hasSizeGreaterThanOrEqualTo(10);
        assertThat(cli.give("policy", "show", "best-fit").ok().out())
                .contains("Policy best-fit, version 1 of 1", "runs in memory", "from candidate");
        Result unknown = cli.give("policy", "show", "best");
        assertThat(unknown.code()).isEqualTo(1);
        assertThat(unknown.err()).contains("There is no policy 'best'", "best-fit");
    }

    @Test
    void aPolicyIsRecordedPutInForceAndReplaced() throws Exception {
        String text =
                """
                -- Prefers full nodes, by a weight.
                select task, node, device, :weight * -cores_left_milli as score from candidate
                """;
        Result put =
                cli.give("policy", "put", "fuller", file(text), "--parameter", "weight=0.25").ok();
        assertThat(put.out()).contains("Policy fuller has version 1 now", "runs in memory");
        assertThat(cli.give("policy", "show", "fuller").ok().out())
                .contains("It is not in force.", "Parameters: weight = 0.25");
        assertThat(cli.give("policy", "set", "fuller", "--version", "1").ok().out())
                .contains("Policy fuller, version 1, is in force.");
        cli.give("policy", "put", "fuller", file(text), "--parameter", "weight=0.5", "--json").ok();
        assertThat(cli.give("policy").ok().out()).contains("version 1", "Prefers full nodes");
        assertThat(cli.give("policy", "show", "fuller").ok().out())
                .contains("It is not in force, but version 1 is.");
        cli.give("policy", "set", "least-loaded").ok();
        assertThat(cli.give("policy", "changes").ok().out())
                .contains("set", "fuller 1", "least-loaded 1");
        JsonNode changes = cli.give("policy", "changes", "-n", "1", "--json").ok().json();
        assertThat(changes).hasSize(1);
        assertThat(changes.get(0).path("instead_of").asString()).isEqualTo("fuller");
    }

    @Test
    void whatNobodyCanRunIsRefusedBeforeItIsRecorded() throws Exception {
        Result refused =
                cli.give(
                        "policy",
                        "put",
                        "nosy",
                        file("select task, node, device, 0 as score\nfrom rowhouse.setting"));
        assertThat(refused.code()).isEqualTo(2);
        assertThat(refused.err()).contains("reads rowhouse.setting (line 2, column 6)");
        assertThat(cli.give("policy", "show", "nosy").code()).isEqualTo(1);
        assertThat(cli.give("policy", "put", "nosy", "nowhere.sql").err())
                .contains("cannot be read");
        assertThat(
                        cli.give("policy", "put", "nosy", file("x"), "--parameter", "weight=much")
                                .code())
                .isEqualTo(2);
    }

    @Test
    void aPolicyIsTriedOnRecordedTasksWhichCanBeSimulatedElsewhere() {
        for (int i = 0; i < 3; i++) {
            cli.give("start", "--wait", "--cores", "0.5", "numbers/same", "{\"value\": 7}").ok();
        }
        assertThat(cli.give("policy", "try", "best-fit", "--since", "10m").ok().out())
                .contains(
                        "best-fit 1, tried", "least-loaded 1, in force", "difference", "recorded");
        JsonNode trial = cli.give("policy", "try", "best-fit", "--json").ok().json();
        assertThat(trial.path("tried").path("started").asInt()).isGreaterThanOrEqualTo(3);
        String tasks = folder.resolve("tasks.csv").toString();
        String nodes = folder.resolve("nodes.csv").toString();
        assertThat(cli.give("policy", "history", tasks, "--nodes", nodes).ok().out())
                .contains("The tasks are in " + tasks, "The nodes are in " + nodes);
        assertThat(
                        cli.give("simulate", "--timed", "--nodes", nodes, "--policy", "fifo", tasks)
                                .ok()
                                .out())
                .contains("fifo");
        assertThat(cli.give("policy", "try", "best-fit", "--since", "soon").code()).isEqualTo(2);
    }
}
