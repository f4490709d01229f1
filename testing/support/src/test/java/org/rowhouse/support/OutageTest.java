package org.rowhouse.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.rowhouse.api.ErrorCode;

/**
 * The database is away for a while, in one way or another, while clients start tasks and tasks run.
 * What was refused is told in a sentence; nothing that was acknowledged is lost; no task fails for
 * it; and all goes on by itself.
 */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class OutageTest {
    private static final int CLIENTS = 6;
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path folder;

    @Test
    void aFullDiskHoldsTheWorkUpUntilThereIsRoomAgain() throws Exception {
        assumeTrue(isRoot(), "only root can mount the small file system this needs");
        Path small = Files.createDirectory(folder.resolve("small"));
        assumeTrue(
                runs("mount", "-t", "tmpfs", "-o", "size=320m", "tmpfs", small.toString()),
                "this machine does not allow mounts");
        try {
            Path filler = small.resolve("filler");
            story(
                    small,
                    (cluster, load) -> {
                        fill(filler);
                        awaitRefusal(cluster, load, ErrorCode.DISK_FULL);
                        Files.delete(filler);
                    });
        } finally {
            runs("umount", "-l", small.toString());
        }
    }

    @Test
    @Tag("long")
    void aServerThatCannotStartForLongHoldsTheWorkUpUntilItCan() throws Exception {
        story(
                folder,
                (cluster, load) -> {
                    Path version = cluster.home().database().resolve("data/PG_VERSION");
                    String ours = Files.readString(version);
                    Files.writeString(version, "99\n");
                    cluster.killDatabase();
                    awaitRefusal(cluster, load, ErrorCode.DATABASE_UNSUITABLE);
                    Files.writeString(version, ours);
                });
    }

    @Test
    @Tag("long")
    void connectionsThatAreLostAgainAndAgainHoldNothingUp() throws Exception {
        story(
                folder,
                (cluster, load) -> {
                    for (int round = 0; round < 30; round++) {
                        cluster.query(
                                "select pg_terminate_backend(pid) from pg_stat_activity"
                                        + " where pid <> pg_backend_pid()"
                                        + " and application_name like 'rowhouse%'");
                        load.awaitAcknowledged(load.count() + 5);
                    }
                });
    }

    private interface Disturbance {
        void disturb(Cluster cluster, Load load) throws Exception;
    }

    /** Work, a disturbance, more work; then everything must have come to its end, once. */
    private void story(Path place, Disturbance disturbance) throws Exception {
        Path notes = folder.resolve("notes");
        try (Cluster cluster = Cluster.start(place)) {
            cluster.node().deploy(Examples.TRANSFERS);
            cluster.node().deploy(Examples.WITNESS);
            cluster.node().deploy(Examples.CENSUS);
            // Here the tasks do not end the node: none of them shall be suspected and parked.
            cluster.query("select rowhouse.set_setting('crashes_max', '10000')");
            Load load = Load.beginPatiently(cluster, notes, CLIENTS, new Random(7));
            try (load) {
                load.awaitAcknowledged(60);
                disturbance.disturb(cluster, load);
                long overNs = System.nanoTime();
                load.awaitAcknowledged(load.count() + 60);
                System.out.printf(
                        "%d refusals; 60 more starts within %d ms of the outage's end%n",
                        load.refusals().size(),
                        Duration.ofNanos(System.nanoTime() - overNs).toMillis());
            }
            cluster.awaitQuiet(PATIENCE);
            assertThat(complaints(cluster, load, notes)).isEmpty();
            assertThat(load.refusals())
                    .allSatisfy(refusal -> assertThat(refusal.getMessage()).endsWith("."));
        }
    }

    private static List<String> complaints(Cluster cluster, Load load, Path notes)
            throws SQLException, IOException {
        try (Connection database = cluster.connect()) {
            List<String> complaints = new ArrayList<>(load.troubles());
            complaints.addAll(Checker.all(Evidence.gather(database, load.acknowledged(), notes)));
            return complaints;
        }
    }

    /** Starts tasks until one is refused: the clients may all be waiting for an end by then. */
    private static void awaitRefusal(Cluster cluster, Load load, ErrorCode code) {
        Await.until(
                PATIENCE,
                () ->
                        !load.tryOnce()
                                && load.refusals().stream()
                                        .anyMatch(refusal -> refusal.code() == code),
                () -> "no start was refused with " + code + ", but " + cluster.node().lastWords());
    }

    private static void fill(Path filler) throws IOException {
        byte[] block = new byte[1 << 12];
        try (OutputStream out =
                Files.newOutputStream(
                        filler, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            for (int blocks = 0; blocks < 1 << 18; blocks++) {
                out.write(block);
            }
            throw new IllegalStateException("the disk did not get full");
        } catch (IOException full) {
            assertThat(full).hasMessageContaining("No space left");
        }
    }

    private static boolean isRoot() throws IOException {
        return Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
    }

    private static boolean runs(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getInputStream().readAllBytes();
        return process.waitFor() == 0;
    }
}
