package org.rowhouse.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.rowhouse.api.TaskId;

/** Plants a bug in a real cluster's kernel and shows that the crash tests' checkers find it. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class SeededBugTest {
    private static final int TRIES_MAX = 5;
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path folder;

    @Test
    void findsAKernelThatForgetsTheRecordOfATransactionStep() throws Exception {
        try (Cluster cluster = Cluster.start(folder)) {
            cluster.node().deploy(Examples.WITNESS);
            cluster.node().deploy(Examples.TRANSFERS);
            plant(
                    cluster,
                    """
                    create function public.forget() returns trigger language plpgsql as $$
                    begin
                        return null;
                    end $$
                    """,
                    """
                    create trigger forget before insert on rowhouse.step
                        for each row when (new.name = 'effect 0') execute function public.forget()
                    """);
            Path notes = folder.resolve("notes");
            TaskId task = TaskId.create(0, System.currentTimeMillis());
            String job = "{\"notes\": \"%s\", \"steps\": 2, \"sleepMs\": 1500}".formatted(notes);
            cluster.node().start(task, "witness/work", "", job);
            cluster.awaitQuiet(Duration.ofMinutes(1));
            assertThat(complaints(Checker.TRANSACTIONS_ONCE, cluster, Set.of(task), notes))
                    .singleElement()
                    .asString()
                    .contains("'effect 0'", "had its effect 2 times", "not recorded");
        }
    }

    @Test
    void findsADatabaseThatAcknowledgesWhatIsNotOnDisk() throws Exception {
        try (Cluster cluster = Cluster.start(folder)) {
            cluster.node().deploy(Examples.TRANSFERS);
            cluster.node().deploy(Examples.WITNESS);
            plant(
                    cluster,
                    """
                    create function public.hurry() returns trigger language plpgsql as $$
                    begin
                        perform set_config('synchronous_commit', 'off', true);
                        return null;
                    end $$
                    """,
                    """
                    create trigger hurry before insert or update on rowhouse.task
                        for each statement execute function public.hurry()
                    """,
                    """
                    create trigger hurry before insert or update on rowhouse.step
                        for each statement execute function public.hurry()
                    """,
                    """
                    create trigger hurry before insert or update on rowhouse.node
                        for each statement execute function public.hurry()
                    """);
            assertThat(losesAcknowledgedTasks(cluster)).isTrue();
        }
    }

    @Test
    void findsAMailboxThatForgetsSomeOfItsAcknowledgements() throws Exception {
        try (Cluster cluster = Cluster.start(folder)) {
            cluster.node().deploy(Examples.TALK);
            plant(cluster, Receivers.PREPARATION.toArray(String[]::new));
            plant(
                    cluster,
                    """
                    create function public.forget() returns trigger language plpgsql as $$
                    begin
                        new.state := 'ready';
                        new.attempts := 1;
                        return new;
                    end $$
                    """,
                    """
                    create trigger forget before update on rowhouse.mail for each row
                        when (old.state = 'taken' and new.state = 'done' and old.attempts = 0 and new.body like '%7}')
                        execute function public.forget()
                    """);
            Path acknowledged = folder.resolve("acknowledged");
            cluster.node().receive();
            cluster.node().send(acknowledged);
            Await.until(
                    PATIENCE,
                    () -> Sender.acknowledged(acknowledged).size() >= 200,
                    () -> "nothing is sent" + cluster.node().lastWords());
            cluster.node().rest();
            try (Connection database = cluster.connect()) {
                Await.until(
                        PATIENCE,
                        () -> MessageEvidence.left(database).isEmpty(),
                        () -> "not all arrives" + cluster.node().lastWords());
                assertThat(MessageChecker.all(MessageEvidence.gather(database, acknowledged)))
                        .isNotEmpty()
                        .allSatisfy(complaint -> assertThat(complaint).startsWith("NOTHING_TWICE"))
                        .anySatisfy(complaint ->
                                assertThat(complaint).endsWith("7 was handled again by box"));
            }
        }
    }

    /** What was acknowledged in the last moments before a power cut is lost, sooner or later. */
    private boolean losesAcknowledgedTasks(Cluster cluster) throws Exception {
        Path notes = folder.resolve("notes");
        for (int i = 1; i <= TRIES_MAX; i++) {
            Load load = Load.begin(cluster, notes, 4, new Random(i));
            Set<TaskId> acknowledged;
            try (load) {
                load.awaitAcknowledged(20);
                cluster.killDatabaseAtOnce();
                acknowledged = Set.copyOf(load.acknowledged());
                cluster.killNode();
                cluster.startNode();
            }
            boolean lost =
                    complaints(Checker.NO_TASK_LOST, cluster, acknowledged, notes).stream()
                            .anyMatch(complaint -> complaint.endsWith("is null"));
            if (lost) {
                return true;
            }
        }
        return false;
    }

    private static List<String> complaints(
            Checker checker, Cluster cluster, Set<TaskId> acknowledged, Path notes)
            throws SQLException, IOException {
        try (Connection database = cluster.connect()) {
            return checker.complaints(Evidence.gather(database, acknowledged, notes));
        }
    }

    private static void plant(Cluster cluster, String... statements) throws SQLException {
        try (Connection database = cluster.connect();
                Statement statement = database.createStatement()) {
            for (String each : statements) {
                statement.execute(each);
            }
        }
    }
}
