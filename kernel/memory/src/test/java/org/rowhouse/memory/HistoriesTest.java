package org.rowhouse.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Histories of regions under faults are linearizable, and the checker would see if not. */
class HistoriesTest {
    private static final System.Logger LOG = System.getLogger(HistoriesTest.class.getName());

    /** Plays in which a seeded mistake must have shown. */
    private static final int BUG_PLAYS = 2000;

    private static boolean isLinearizable(long seed, MemoryPlay.Bug bug) {
        List<Linearizability.Timed<Deed>> history = new MemoryPlay(seed, bug).play();
        return Linearizability.check(Deed.MODEL, history);
    }

    private static void check(long firstSeed, int plays) {
        long deeds = 0;
        long unknown = 0;
        long incarnations = 0;
        for (long seed = firstSeed; seed < firstSeed + plays; seed++) {
            List<Linearizability.Timed<Deed>> history =
                    new MemoryPlay(seed, MemoryPlay.Bug.NONE).play();
            deeds += history.size();
            unknown += history.stream().filter(deed -> !deed.known()).count();
            incarnations +=
                    history.stream()
                            .mapToLong(deed -> deed.operation().incarnation())
                            .distinct()
                            .count();
            assertThat(Linearizability.check(Deed.MODEL, history))
                    .as("the history of seed %d is linearizable: %s", seed, history)
                    .isTrue();
        }
        LOG.log(
                System.Logger.Level.INFO,
                "{0} histories from seed {1}: {2} deeds, {3} of unknown outcome, {4} incarnations",
                plays,
                firstSeed,
                deeds,
                unknown,
                incarnations);
        assertThat(unknown).as("faults make outcomes unknown").isPositive();
        assertThat(incarnations).as("homes change in the midst of histories").isGreaterThan(plays);
    }

    @Test
    void historiesUnderFaultsAreLinearizable() {
        check(1, 4000);
    }

    @Test
    @Tag("long")
    @Timeout(value = 20, unit = TimeUnit.MINUTES) // three on two cores with nothing else
    void aHundredThousandHistoriesUnderFaultsAreLinearizable() {
        check(1_000_000, 100_000);
        check(System.nanoTime() >>> 8, 20_000);
    }

    @Test
    void thePlayOfASeedIsAlwaysTheSame() {
        for (long seed = 1; seed <= 50; seed++) {
            assertThat(new MemoryPlay(seed, MemoryPlay.Bug.NONE).play())
                    .as("seed %d", seed)
                    .isEqualTo(new MemoryPlay(seed, MemoryPlay.Bug.NONE).play());
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void theCheckerFindsAMistakeInAHome(MemoryPlay.Bug bug) {
        long seed = 1;
        while (seed <= BUG_PLAYS && isLinearizable(seed, bug)) {
            seed++;
        }
        assertThat(seed)
                .as("%s shows in one of %d plays", bug, BUG_PLAYS)
                .isLessThanOrEqualTo(BUG_PLAYS);
        LOG.log(System.Logger.Level.INFO, "{0} shows with seed {1}", bug, seed);
    }
}
