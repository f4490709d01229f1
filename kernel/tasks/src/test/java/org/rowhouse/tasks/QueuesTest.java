package org.rowhouse.tasks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/** Queues and settings, and how they stood before. */
class QueuesTest {
    private static final Queues.Settings NONE = Queues.Settings.UNCHANGED;

    private ScratchDatabase database;
    private Queues queues;

    @BeforeEach
    void open() throws Exception {
        database = ScratchDatabase.create();
        queues = new Queues(database, "anna");
    }

    private Queues.Queue queue(String name) {
        return queues.list().stream()
                .filter(queue -> queue.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static void assertRefused(ErrorCode code, String words, Runnable call) {
        assertThatThrownBy(call::run)
                .isInstanceOfSatisfying(
                        RowhouseException.class, e -> assertThat(e.code()).isEqualTo(code))
                .hasMessageContaining(words);
    }

    @Test
    void aDeclaredQueueKeepsWhatSomeoneChangedLater() throws Exception {
        var wanted = new Queues.Settings(5, 2, 100, Duration.ofSeconds(1), true, false);
        assertThat(queues.declare("mail", wanted)).isTrue();
        assertThat(queue("mail"))
                .isEqualTo(
                        new Queues.Queue(
                                "mail",
                                Integer.valueOf(database.value("select rowhouse.home_of('mail')")),
                                false,
                                true,
                                5,
                                2,
                                100,
                                Duration.ofSeconds(1),
                                "anna"));
        queues.alter("mail", new Queues.Settings(9, 0, 0, null, null, null));
        assertThat(queues.declare("mail", wanted)).isFalse();
        Queues.Queue now = queue("mail");
        assertThat(List.of(now.concurrency(), now.fair())).containsExactly(9, true);
        assertThat(now.concurrencyPerNode()).isNull();
        assertThat(now.rateCount()).isNull();
        assertThat(now.ratePeriod()).isNull();
    }

    @Test
    void aNewRateBeginsWithAFullBucketAndOtherChangesLeaveItsTokens() throws Exception {
        queues.declare(
                "mail", new Queues.Settings(null, null, 10, Duration.ofMinutes(1), null, null));
        database.run("update rowhouse.queue set tokens = 3, tokens_at = now() where name = 'mail'");
        queues.alter("mail", new Queues.Settings(7, null, null, null, null, null));
        assertThat(database.value("select tokens from rowhouse.queue where name = 'mail'"))
                .isEqualTo("3");
        queues.alter("mail", new Queues.Settings(null, null, 20, null, null, null));
        assertThat(database.value("select tokens from rowhouse.queue where name = 'mail'"))
                .isEqualTo("null");
    }

    @Test
    void aSpreadQueueHasNoHomeAndNoLimitsAndChangesOnlyWhenEmpty() throws Exception {
        queues.declare("bulk", new Queues.Settings(null, null, null, null, null, true));
        assertThat(queue("bulk").bucket()).isNull();
        assertRefused(
                ErrorCode.INVALID_ARGUMENT,
                "has no limits and is not fair",
                () -> queues.alter("bulk", new Queues.Settings(5, null, null, null, null, null)));
        database.run("select rowhouse.start_task('c', 'f', queue => 'bulk')");
        var gathered = new Queues.Settings(5, null, null, null, null, false);
        assertRefused(
                ErrorCode.CONFLICT,
                "cannot be spread or gathered",
                () -> queues.alter("bulk", gathered));
        database.run("select * from rowhouse.cancel_tasks(array(select rowhouse.select_tasks()))");
        queues.alter("bulk", gathered);
        assertThat(queue("bulk").bucket()).isNotNull();
    }

    @Test
    void queuesArePausedResumedAndDroppedWhenNobodyNeedsThem() throws Exception {
        queues.declare("mail", NONE);
        queues.pause("mail");
        assertThat(queue("mail").paused()).isTrue();
        queues.resume("mail");
        assertThat(queue("mail").paused()).isFalse();
        database.run("select rowhouse.start_task('c', 'f', queue => 'mail')");
        assertRefused(
                ErrorCode.CONFLICT, "tasks that have not ended: 1", () -> queues.drop("mail"));
        database.run("select * from rowhouse.cancel_tasks(array(select rowhouse.select_tasks()))");
        database.run("select rowhouse.set_schedule('daily', '0 3 * * *', 'UTC', 'c', 'f', 'mail')");
        assertRefused(
                ErrorCode.CONFLICT,
                "Schedule daily starts its tasks in queue mail",
                () -> queues.drop("mail"));
        database.run("select rowhouse.drop_schedule('daily')");
        queues.drop("mail");
        assertThat(queues.list()).extracting(Queues.Queue::name).containsExactly("direct");
    }

    @Test
    void badQueuesAreRefusedInWords() {
        for (String name :
                List.of("", "Upper", "a'b\"", "line\nbreak", "x".repeat(64), "a b", "ready mail")) {
            assertRefused(
                    ErrorCode.INVALID_ARGUMENT,
                    "is not a name for a queue",
                    () -> queues.declare(name, NONE));
        }
        assertRefused(
                ErrorCode.INVALID_ARGUMENT,
                "must be 1 to 100000",
                () -> queues.declare("q", new Queues.Settings(-1, null, null, null, null, null)));
        assertRefused(
                ErrorCode.INVALID_ARGUMENT,
                "must be 1 to 100000",
                () ->
                        queues.declare(
                                "q", new Queues.Settings(null, 100001, null, null, null, null)));
        assertRefused(
                ErrorCode.INVALID_ARGUMENT,
                "needs a period",
                () -> queues.declare("q", new Queues.Settings(null, null, 5, null, null, null)));
        assertRefused(
                ErrorCode.INVALID_ARGUMENT,
                "A rate period must be",
                () ->
                        queues.declare(
                                "q",
                                new Queues.Settings(
                                        null, null, 5, Duration.ofDays(400), null, null)));
        assertRefused(ErrorCode.NOT_FOUND, "There is no queue 'q'", () -> queues.pause("q"));
        assertRefused(ErrorCode.NOT_FOUND, "There is no queue", () -> queues.alter("q", NONE));
        assertRefused(ErrorCode.CONFLICT, "The queue direct", () -> queues.pause("direct"));
        assertRefused(ErrorCode.CONFLICT, "The queue direct", () -> queues.drop("direct"));
        assertThat(queues.list()).extracting(Queues.Queue::name).containsExactly("direct");
    }

    @Test
    void everyPastVersionCanBeAskedFor() throws Exception {
        queues.declare("mail", new Queues.Settings(1, null, null, null, null, null));
        String first = database.value("select clock_timestamp()");
        queues.alter("mail", new Queues.Settings(2, null, null, null, null, null));
        queues.alter("mail", new Queues.Settings(2, null, null, null, null, null));
        String second = database.value("select clock_timestamp()");
        queues.drop("mail");
        String third = database.value("select clock_timestamp()");
        String asOf =
                "select row ->> 'concurrency' from rowhouse.as_of('queue', ?::timestamptz) as row"
                        + " where row ->> 'name' = 'mail'";
        assertThat(database.rows(asOf, first)).containsExactly("1");
        assertThat(database.rows(asOf, second)).containsExactly("2");
        assertThat(database.rows(asOf, third)).isEmpty();
        assertThat(database.rows("select count(*) from rowhouse.as_of('setting', now())"))
                .isEqualTo(database.rows("select count(*) from rowhouse.setting"));
        for (String relation : List.of("task", "x'; --", "history")) {
            assertThatThrownBy(
                            () -> database.rows("select * from rowhouse.as_of(?, now())", relation))
                    .hasMessageContaining("There is no history of");
        }
    }

    @Test
    void settingsAreCheckedByTheirUnit() throws Exception {
        assertThat(database.rows("select rowhouse.set_setting('retention', '3 days')")).hasSize(1);
        assertThat(database.value("select rowhouse.setting_value('retention')"))
                .isEqualTo("3 days");
        assertThat(database.rows("select rowhouse.set_setting('buckets', '4')")).hasSize(1);
        assertThat(database.rows("select rowhouse.set_setting('key_buckets', '2')")).hasSize(1);
        List.of(
                        "'retention', 'soon'",
                        "'retention', '-1 day'",
                        "'retention', null",
                        "'crashes_max', '0'",
                        "'crashes_max', 'many'",
                        "'crashes_max', '99999999999'",
                        "'buckets', '3'",
                        "'buckets', '5000'",
                        "'key_buckets', '4'",
                        "'nope', '1'",
                        "null, '1'",
                        "'retention', E'1\\nday'")
                .forEach(values ->
                        assertThatThrownBy(() ->
                                        database.rows(
                                                "select rowhouse.set_setting(" + values + ")"))
                                .as(values)
                                .hasMessageContaining("etting"));
    }

    @Test
    void nodesHearOfEveryChange() throws Exception {
        try (var connection = database.connect("listener");
                var statement = connection.createStatement()) {
            statement.execute("listen rowhouse");
            queues.declare("mail", NONE);
            queues.pause("mail");
            queues.resume("mail");
            database.run("select rowhouse.set_setting('retention', '3 days')");
            database.run(
                    "select rowhouse.start_task('c', 'f', queue => 'mail') from generate_series(1,"
                            + " 3)");
            database.run(
                    "select * from rowhouse.cancel_tasks(array(select rowhouse.select_tasks()))");
            List<String> heard = new ArrayList<>();
            long deadline = System.nanoTime() + 30_000_000_000L;
            while (!heard.contains("ended") && System.nanoTime() < deadline) {
                for (var note : connection.unwrap(PGConnection.class).getNotifications(1000)) {
                    heard.add(note.getParameter());
                }
            }
            assertThat(heard)
                    .containsExactly(
                            "queues",
                            "queues",
                            "queues",
                            "ready mail",
                            "settings",
                            "ready mail",
                            "cancel",
                            "ended");
        }
    }
}
