package org.rowhouse.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class SteadyBenchmarkTest {
    @Test
    void theFallComparesTheLastFifthOfTheSeriesWithTheFirst() {
        List<Double> slots = List.of(100.0, 100.0, 7.0, 7.0, 7.0, 7.0, 7.0, 7.0, 60.0, 100.0);
        assertThat(SteadyBenchmark.fallPercent(slots)).isCloseTo(20, within(1e-9));
    }

    @Test
    void aSeriesThatRisesHasANegativeFall() {
        assertThat(SteadyBenchmark.fallPercent(List.of(100.0, 110.0))).isNegative();
    }
}
