package org.rowhouse.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills nodes and databases with SIGKILL at random moments while clients start tasks, and then asks
 * the checkers. The seed decides what is started and what is killed after how many starts; the
 * machine decides the rest, so a replay meets like moments, not the same.
 */
class CrashTest {
    private static final System.Logger LOG = System.getLogger(CrashTest.class.getName());
    private static final long SEED = Long.getLong("rowhouse.seed", 20_261_123L);
    private static final int CLIENTS = 6;
    private static final int KILLS_PER_CENSUS = 20;

    /**
     * Recovery takes a second or two; the bound leaves room for a machine that does other things.
     */
    private static final Duration RECOVERY_MAX = Duration.ofSeconds(60);

    private enum Victim {
        NODE,
        DATABASE,
        CONNECTION,
        ALL
    }

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path folder;

    @Test
    @Timeout(value = 10, unit = TimeUnit.MINUTES)
    void keepsEverythingThroughAFewKills() throws Exception {
        survives(8, SEED, 400);
    }

    @Test
    @Tag("long")
    @Timeout(value = 60, unit = TimeUnit.MINUTES)
    void keepsEverythingThroughTwoHundredKills() throws Exception {
        survives(Integer.getInteger("rowhouse.kills", 200), SEED + 1, 10_000);
    }

    private void survives(int kills, long seed, int files) throws Exception {
        Random random = new Random(seed);
        Path forest = Forest.grow(folder.resolve("forest"), files);
        Path notes = folder.resolve("notes");
        List<String> story = new ArrayList<>();
        try (Cluster cluster = Cluster.start(folder)) {
            prepare(cluster);
            Load load = Load.begin(cluster, notes, CLIENTS, random);
            try (load) {
                for (int kill = 1; kill <= kills && load.troubles().isEmpty(); kill++) {
                    if (kill % KILLS_PER_CENSUS == 1) {
                        load.beginCensus(forest);
                    }
                    load.awaitAcknowledged(load.count() + 10 + random.nextInt(60));
                    LockSupport.parkNanos(random.nextLong(Duration.ofMillis(50).toNanos()));
                    // The first ones in turn, so that the short story has one of each.
                    Victim victim = Victim.values()[kill <= 4 ? kill - 1 : random.nextInt(4)];
                    story.add(victim + " after " + load.count() + " starts");
                    LOG.log(System.Logger.Level.INFO, "kill {0}: {1}", kill, story.getLast());
                    kill(cluster, victim, random, notes);
                    LOG.log(System.Logger.Level.INFO, "recovered in {0}", cluster.lastRecovery());
                }
            }
            cluster.awaitQuiet(Duration.ofMinutes(4));
            report(seed, kills, load, cluster);
            try (Connection database = cluster.connect()) {
                Evidence evidence = Evidence.gather(database, load.acknowledged(), notes);
                List<String> complaints = new ArrayList<>(load.troubles());
                complaints.addAll(Checker.all(evidence));
                assertThat(complaints).as(() -> replay(seed, story)).isEmpty();
            }
            assertThat(cluster.recoveries()).last().isNotNull();
            assertThat(cluster.recoveries().getLast()).isLessThan(RECOVERY_MAX);
        }
    }

    private static void prepare(Cluster cluster) throws SQLException {
        cluster.node().deploy(Examples.TRANSFERS);
        cluster.node().deploy(Examples.WITNESS);
        cluster.node().deploy(Examples.CENSUS);
        // Here the tasks do not kill the node: none of them shall be suspected and parked.
        cluster.query("select rowhouse.set_setting('crashes_max', '10000')");
    }

    private static void kill(Cluster cluster, Victim victim, Random random, Path notes)
            throws IOException {
        switch (victim) {
            case NODE -> cluster.killNode();
            case DATABASE -> cluster.killDatabase();
            case CONNECTION -> cluster.killConnection(random);
            case ALL -> cluster.killAll();
        }
        long sinceNs = System.nanoTime();
        if (victim == Victim.NODE || victim == Victim.ALL) {
            cluster.startNode();
        }
        cluster.awaitRecovery(sinceNs, notes.toString());
    }

    private static void report(long seed, int kills, Load load, Cluster cluster) {
        List<Duration> recoveries = cluster.recoveries();
        LOG.log(
                System.Logger.Level.INFO,
                "seed {0}: {1} kills, {2} acknowledged starts, recovery p50 {3} ms, longest {4} ms",
                Long.toString(seed),
                kills,
                load.count(),
                recoveries.get(recoveries.size() / 2).toMillis(),
                recoveries.getLast().toMillis());
    }

    private static String replay(long seed, List<String> story) {
        return "seed "
                + seed
                + ", killed "
                + story
                + "; replay: ./mvnw -Dquick -pl testing/support -am test -Dtest=CrashTest"
                + " -Drowhouse.seed="
                + seed;
    }
}
