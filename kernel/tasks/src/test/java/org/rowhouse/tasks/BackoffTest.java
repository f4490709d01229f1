package org.rowhouse.tasks;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Pauses between tries. */
class BackoffTest {
    private static final Duration FIRST = Duration.ofMillis(100);
    private static final Duration LONGEST = Duration.ofSeconds(5);

    @Test
    void pausesGrowByTheirFactorUpToTheLongest() {
        assertThat(List.of(1, 2, 3, 6, 7, 10_000))
                .extracting(tries -> Backoff.pauseMs(FIRST, 2, LONGEST, 0, tries))
                .containsExactly(100L, 200L, 400L, 3200L, 5000L, 5000L);
    }

    @Test
    void aFirstPauseOfNothingStaysNothing() {
        assertThat(Backoff.pauseMs(Duration.ZERO, 100, LONGEST, 1, 10_000)).isZero();
    }

    @Test
    void jitterShortensAPauseByItsShareAtMost() {
        assertThat(
                        LongStream.range(0, 10_000)
                                .map(any -> Backoff.pauseMs(FIRST, 2, LONGEST, 0.2, 1))
                                .boxed())
                .allMatch(pause -> pause >= 80 && pause <= 100)
                .contains(81L, 99L);
    }
}
