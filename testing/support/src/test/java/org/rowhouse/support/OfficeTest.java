package org.rowhouse.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.rowhouse.api.TaskId;

/**
 * The node that is the cluster's scheduler is killed, with tasks waiting for a place: another takes
 * the office over. How long that took is printed.
 */
class OfficeTest {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    /** Tasks of a whole core each that are started before: many times what the nodes have. */
    private static final int WAITING = 40;

    /** Tasks that are started while nobody is in office. */
    private static final int LATER = 10;

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path folder;

    private Path notes;
    private final Set<TaskId> tasks = new HashSet<>();

    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void whenTheSchedulerIsKilledAnotherNodePlacesWhatWaitsAndWhatComes() throws Exception {
        notes = folder.resolve("notes");
        try (Trio trio = Trio.start(folder, Examples.OF_LOAD)) {
            Await.until(PATIENCE, () -> trio.scheduler() > 0, () -> "nobody is the scheduler");
            int victim = 0;
            while (trio.life(victim) != trio.scheduler()) {
                victim++;
            }
            int life = trio.life(victim);
            NodeProcess other = trio.node((victim + 1) % Trio.NODES);
            for (int i = 0; i < WAITING; i++) {
                begin(other);
            }
            long killedNs = System.nanoTime();
            trio.node(victim).kill();
            for (int i = 0; i < LATER; i++) {
                begin(other);
            }
            Await.until(
                    PATIENCE,
                    () -> trio.scheduler() != life && trio.scheduler() > 0,
                    () -> "nobody takes the office over");
            Duration moved = Duration.ofNanos(System.nanoTime() - killedNs);
            TaskId probe = begin(other);
            Await.until(PATIENCE, () -> ran(trio, probe), () -> "a task finds no place");
            Duration ran = Duration.ofNanos(System.nanoTime() - killedNs);
            trio.awaitQuiet(PATIENCE);
            System.out.printf(
                    "the scheduler was killed: another is in office after %d ms, a task that was"
                            + " started then, behind those that wait, has run after %d ms%n",
                    moved.toMillis(), ran.toMillis());
            try (Connection database = trio.connect()) {
                assertThat(Checker.all(Evidence.gather(database, tasks, notes))).isEmpty();
            }
        }
    }

    private TaskId begin(NodeProcess node) {
        TaskId id = TaskId.create(0, System.currentTimeMillis());
        String input = "{\"notes\": \"" + notes + "\", \"steps\": 1, \"pauseMs\": 200}";
        node.start(id, "witness/steady", "", input, 1_000);
        tasks.add(id);
        return id;
    }

    private static boolean ran(Trio trio, TaskId task) throws SQLException {
        return !trio.query(
                        "select 1 from rowhouse.task where id = ? and state = 'succeeded'",
                        task.value())
                .isEmpty();
    }
}
