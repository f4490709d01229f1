package org.rowhouse.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.rowhouse.cli.BenchRunner;

class CommandLineDoorTest {
    @Test
    void theCommandLineFindsTheBenchmarksAndTheirNames() {
        BenchRunner runner = ServiceLoader.load(BenchRunner.class).findFirst().orElseThrow();
        assertThat(runner.usage())
                .contains("durable", "calls", "flat", "steady", "sleepers", "--statements");
    }
}
