package org.rowhouse.tasks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;
import org.rowhouse.api.StartOptions;
import org.rowhouse.api.StepOptions;
import org.rowhouse.api.Task;
import org.rowhouse.api.TaskId;

/** Starts: by many at once, by SQL, and by those who ask for what cannot be. */
class StartTest extends LiveNode {
    private static final StartOptions MAIL = StartOptions.inQueue("mail");

    @Test
    void whoMeetsAnotherStartForTheSameKeyAtThatMomentGetsItsTask() throws Exception {
        functions.function("f", 1, input -> 1);
        known("f");
        try (Connection connection = database.connect("test");
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            UUID first;
            try (ResultSet row =
                    statement.executeQuery(
                            "select rowhouse.start_task('test', 'f', queue => 'mail', delay => '1"
                                    + " hour', deduplication => 'k')")) {
                row.next();
                first = (UUID) row.getObject(1);
            }
            var second = CompletableFuture.supplyAsync(() -> start("f", MAIL.deduplication("k")));
            await(() -> waitsForALock("lane"));
            connection.commit();
            assertThat(second.get()).isEqualTo(new TaskId(first));
        }
    }

    @Test
    void anIdThatTheQueueWouldNeverLookForIsRefused() throws Exception {
        functions.function("f", 1, input -> 1);
        int home = Integer.parseInt(database.value("select rowhouse.home_of('mail')"));
        for (int bucket : List.of(1 - home, 7)) {
            TaskId id = TaskId.create(bucket, 1);
            assertRefused("is not an id for a task in queue 'mail'", () -> start("f", MAIL, id));
        }
        assertRefused(
                "in queue 'direct'", () -> start("f", StartOptions.DIRECT, TaskId.create(7, 1)));
        assertThat(database.rows("select 1 from rowhouse.task")).isEmpty();
        TaskId id = TaskId.create(home, 1);
        assertThat(start("f", MAIL, id)).isEqualTo(id);
        outcome(id);
    }

    private TaskId start(String function, StartOptions options, TaskId id) {
        return tasks.start(new Tasks.Request("test", null, function, "1", options, "t", id));
    }

    @Test
    void bucketsThatAreAddedWhileTheNodeIsUpAreServed() throws Exception {
        functions.function("f", 1, input -> 1);
        known("f");
        database.run("select rowhouse.set_setting('buckets', '5')");
        database.run(
                "select rowhouse.start_task('test', 'f') from generate_series(1, 50);"
                        + " select rowhouse.start_task('test', 'f', delay => '10 milliseconds')"
                        + " from generate_series(1, 50)");
        assertThat(database.value("select count(distinct bucket) from rowhouse.task"))
                .isEqualTo("5");
        await(() -> unended().isEmpty());
    }

    private static void assertRefused(String words, Runnable call) {
        assertThatThrownBy(call::run)
                .isInstanceOfSatisfying(
                        RowhouseException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT))
                .hasMessageContaining(words);
    }

    @Test
    void optionsThatMakeNoSenseAreRefusedInWords() {
        StartOptions direct = StartOptions.DIRECT;
        Duration longer = Duration.ofDays(3651);
        Duration negative = Duration.ofMillis(-1);
        assertRefused("delay must be 0 to 3650 days", () -> direct.delay(negative));
        assertRefused("delay must be 0 to 3650 days", () -> direct.delay(longer));
        assertRefused("time-out must be above 0", () -> direct.timeout(Duration.ZERO));
        assertRefused("time-out must be above 0", () -> direct.timeout(longer));
        for (int priority : List.of(1001, -1001, Integer.MAX_VALUE, Integer.MIN_VALUE)) {
            assertRefused("priority must be -1000 to 1000", () -> direct.priority(priority));
        }
        assertRefused("needs a queue", () -> direct.partition("p"));
        assertRefused("1 to 256", () -> MAIL.deduplication("k".repeat(257)));
        assertRefused("none of them NUL", () -> MAIL.partition("a\0b"));
        StepOptions once = StepOptions.ONCE;
        for (Duration bad : List.of(negative, longer, Duration.ofSeconds(Long.MAX_VALUE))) {
            assertThatThrownBy(() -> once.backOff(bad)).hasMessageContaining("0 to 3650 days");
            assertThatThrownBy(() -> once.backOffMax(bad)).hasMessageContaining("0 to 3650 days");
            assertThatThrownBy(() -> once.timeout(bad)).hasMessageContaining("at most 3650 days");
        }
        assertThatThrownBy(() -> StepOptions.attempts(0)).hasMessageContaining("1 to 10000");
    }

    @Test
    void aSleepThatCannotBeIsRefusedAndNothingIsRecorded() throws Exception {
        functions.workflow(
                "sleep",
                input -> {
                    for (Duration bad : List.of(Duration.ofMillis(-1), Duration.ofDays(3651))) {
                        assertRefused("a sleep must be 0 to 3650 days", () -> Task.sleep(bad));
                    }
                    return 1;
                });
        assertThat(outcome(start("sleep")).error()).isNull();
        assertThat(database.rows("select 1 from rowhouse.step")).isEmpty();
    }

    @Test
    void anUnknownFunctionOrQueueIsRefusedAndNothingIsRecorded() throws Exception {
        functions.function("f", 1, input -> 1);
        assertThatThrownBy(() -> start("nope")).hasMessageContaining("nope");
        assertThatThrownBy(() -> start("f", StartOptions.inQueue("nowhere")))
                .hasMessageContaining("There is no queue 'nowhere'");
        assertThat(database.rows("select 1 from rowhouse.task")).isEmpty();
    }
}
