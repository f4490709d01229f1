package org.rowhouse.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class BalanceWorkloadTest {
    /**
     * Far more than the benchmark allows: tests share their machine, and few tasks end in so short
     * a time. If one of the nodes got nothing, another would have half as much again.
     */
    private static final double MOST = 1.4;

    @Test
    void threeNodesShareWorkThatComputes() {
        var said = new ByteArrayOutputStream();
        Report report =
                Benchmarks.run(
                        "scheduler",
                        List.of(
                                "--quick",
                                "--rounds",
                                "1",
                                "--seconds",
                                "4",
                                "--only",
                                "beside a third"),
                        new PrintStream(said, true, StandardCharsets.UTF_8));
        String all = said.toString(StandardCharsets.UTF_8);
        assertThat(report.rows()).as(all).hasSize(2);
        assertThat(report.rows().getFirst().rowhouse()).as(all).isBetween(1.0, MOST);
        assertThat(report.rows().getLast().rowhouse()).as(all).isBetween(2 - MOST, 1.0);
    }
}
