package org.rowhouse.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class SimulateCommandTest {
    @TempDir Path folder;
    private String nodes = "";
    private String tasks = "";

    @BeforeEach
    void write() throws IOException {
        nodes =
                file(
                        "nodes.csv",
                        "name,cpu_milli,memory_mib,gpu,model\na,8000,1024,2,T4\nb,8000,1024,0,\n");
        tasks =
                file(
                        "tasks.csv",
                        """
                        cpu_milli,memory_mib,num_gpu,gpu_milli,arrival_s,duration_s
                        1000,10,1,500,0,60
                        1000,10,1,1000,10,60
                        1000,10,1,1000,10,60
                        """);
    }

    private String file(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text).toString();
    }

    @Test
    void fillsTheFleetUnderEachPolicy() throws IOException {
        String mine =
                file(
                        "mine.sql",
                        "select task, node, device, -device_left_milli as score from candidate");
        JsonNode rows =
                NodeClient.JSON.readTree(
                        CliFixture.get()
                                .give(
                                        "simulate",
                                        "--nodes",
                                        nodes,
                                        "--policy",
                                        "fgd," + mine,
                                        "--seeds",
                                        "3",
                                        "--json",
                                        tasks)
                                .ok()
                                .out());
        assertThat(rows.size()).isEqualTo(2);
        assertThat(rows.get(1).path("policy").asString()).isEqualTo("mine");
        assertThat(rows.get(0).path("allocated_percent").size()).isEqualTo(3);
        assertThat(rows.get(0).path("allocated_percent_mean").asDouble()).isBetween(50.0, 100.0);
    }

    @Test
    void letsTasksComeAndGo() {
        String out =
                CliFixture.get()
                        .give("simulate", "--nodes", nodes, "--policy", "fifo", "--timed", tasks)
                        .ok()
                        .out();
        assertThat(out).contains("workload", "tasks", "fifo", "16.67");
    }

    @Test
    void refusesWhatIsWrong() throws IOException {
        var missing =
                CliFixture.get()
                        .give("simulate", "--nodes", nodes, file("t.csv", "cpu_milli\n1\n"));
        assertThat(missing.code()).isEqualTo(2);
        assertThat(missing.err()).contains("t.csv, line 1: there is no column 'memory_mib'");
        var policy = CliFixture.get().give("simulate", "--nodes", nodes, "--policy", "x", tasks);
        assertThat(policy.err()).contains("No policy 'x' is shipped: there are fifo, ");
        var seeds = CliFixture.get().give("simulate", "--nodes", nodes, "--seeds", "0", tasks);
        assertThat(seeds.code()).isEqualTo(2);
        assertThat(seeds.err()).contains("--seeds must be 1 to 10000, but is 0");
        var load = CliFixture.get().give("simulate", "--nodes", nodes, "--load", "NaN", tasks);
        assertThat(load.code()).isEqualTo(2);
    }
}
