package org.rowhouse.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
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
        Options options = Options.parse(List.of("--only", "beside a third"));
        Effort effort = new Effort(1, Duration.ofSeconds(4));
        var said = new ByteArrayOutputStream();
        var out = new PrintStream(said, true, StandardCharsets.UTF_8);
        try (var server = new TemporaryServer(options)) {
            var session = new Session(options, effort, server, out);
            assertThat(BalanceWorkload.run(session)).isTrue();
            String all = said.toString(StandardCharsets.UTF_8);
            assertThat(session.rows()).as(all).hasSize(2);
            assertThat(session.rows().getFirst().rowhouse()).as(all).isBetween(1.0, MOST);
            assertThat(session.rows().getLast().rowhouse()).as(all).isBetween(2 - MOST, 1.0);
        }
    }
}
