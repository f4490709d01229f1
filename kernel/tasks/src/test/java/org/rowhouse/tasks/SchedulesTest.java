package org.rowhouse.tasks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/** Schedules, by the database's clock: the past is made by setting next_at back. */
class SchedulesTest {
    private static final Duration SOON = Duration.ofSeconds(30);

    private ScratchDatabase database;
    private Schedules schedules;

    @BeforeEach
    void open() throws Exception {
        database = ScratchDatabase.create();
        schedules = new Schedules(database, "anna");
    }

    @AfterEach
    void everyTransitionWasLegal() throws Exception {
        assertThat(TransitionChecker.check(database)).isEmpty();
    }

    private static Schedules.Settings settings(String cron, boolean catchUp) {
        return new Schedules.Settings(cron, "Europe/Berlin", "c", "f", null, "{\"n\": 1}", catchUp);
    }

    private void due(String name, String sinceWhen) throws SQLException {
        database.rows(
                "update rowhouse.schedule set next_at = ?::timestamptz where name = ?",
                sinceWhen,
                name);
    }

    /** Runs rounds until nothing is due. */
    private void fire() throws SQLException {
        try (Connection connection = database.connect("test")) {
            for (int rounds = 0; ScheduleLoop.round(connection) > 0; rounds++) {
                assertThat(rounds).isLessThan(100);
            }
        }
    }

    private List<String> fired(String name) throws SQLException {
        return database.rows(
                """
                select to_char((e.detail ->> 'at')::timestamptz at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI')
                from rowhouse.task t join rowhouse.task_event e on e.task = t.id and e.number = 0
                where t.started_by = 'schedule ' || ? order by 1
                """,
                name);
    }

    private Schedules.Schedule one() {
        return schedules.list().getFirst();
    }

    @Test
    void aDeclaredScheduleKnowsItsNextTimeAndDeclaringItAgainChangesNothing() throws Exception {
        schedules.declare("nightly", settings("0 3 * * *", false));
        Schedules.Schedule schedule = one();
        Instant next = Cron.parse("0 3 * * *", "Europe/Berlin").after(Instant.now());
        assertThat(schedule.nextAt()).isEqualTo(next);
        assertThat(schedule.settings().inputJson()).isEqualTo("{\"n\": 1}");
        assertThat(schedule.changedBy()).isEqualTo("anna");

        due("nightly", "2026-01-01 03:00+1");
        schedules.declare("nightly", settings("0 3 * * *", false));
        assertThat(one().nextAt())
                .as("a time that was missed is not forgotten")
                .isEqualTo("2026-01-01T02:00:00Z");
        schedules.declare("nightly", settings("0 4 * * *", false));
        assertThat(one().nextAt()).isAfter(Instant.now());
        assertThat(
                        database.rows(
                                "select content ->> 'cron' from rowhouse.history where relation ="
                                        + " 'schedule'"))
                .containsExactly("0 3 * * *");
    }

    @Test
    void ofMissedTimesTheLastFiresOrAllIfItCatchesUp() throws Exception {
        schedules.declare("last", settings("0 3 * * *", false));
        schedules.declare("all", settings("0 3 * * *", true));
        Instant today = Cron.parse("0 3 * * *", "Europe/Berlin").atOrBefore(Instant.now());
        due("last", "2026-03-27 03:00+1");
        due("all", today.minus(Duration.ofDays(3)).toString());
        fire();
        assertThat(fired("last")).containsExactly(today.toString().substring(0, 16));
        assertThat(fired("all"))
                .hasSizeBetween(3, 4)
                .last()
                .isEqualTo(today.toString().substring(0, 16));
        assertThat(schedules.list())
                .allSatisfy(each -> {
                    assertThat(each.nextAt()).isAfter(Instant.now());
                    assertThat(each.firedAt()).isEqualTo(today);
                    assertThat(each.error()).isNull();
                });
        fire();
        assertThat(fired("last")).hasSize(1);
    }

    @Test
    void catchingUpIsBoundedForARoundAndEndsAll() throws Exception {
        schedules.declare("often", settings("* * * * *", true));
        due("often", Instant.now().minus(Duration.ofHours(40)).toString());
        try (Connection connection = database.connect("test")) {
            assertThat(ScheduleLoop.round(connection)).isEqualTo(1);
        }
        assertThat(fired("often")).hasSize(OperationBounds.FIRINGS_MAX);
        fire();
        assertThat(fired("often")).hasSizeBetween(2400, 2402).doesNotHaveDuplicates();
    }

    @Test
    void manyLoopsOnOneDatabaseFireEachTimeOnce() throws Exception {
        for (int i = 0; i < 20; i++) {
            schedules.declare("s" + i, settings("* * * * *", true));
            due("s" + i, Instant.now().minus(Duration.ofMinutes(30)).toString());
        }
        CountDownLatch go = new CountDownLatch(1);
        List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
        List<Thread> nodes = new ArrayList<>();
        for (int node = 0; node < 4; node++) {
            nodes.add(
                    Thread.startVirtualThread(() -> {
                        try {
                            go.await();
                            fire();
                        } catch (Exception | AssertionError e) {
                            failures.add(e);
                        }
                    }));
        }
        go.countDown();
        for (Thread node : nodes) {
            node.join();
        }
        assertThat(failures).isEmpty();
        for (int i = 0; i < 20; i++) {
            assertThat(fired("s" + i)).hasSizeBetween(29, 32).doesNotHaveDuplicates();
        }
    }

    @Test
    void twoRunningLoopsFireADueScheduleAtItsTimeAndNewOnesOnSignal() throws Exception {
        try (var first = new ScheduleLoop(database);
                var second = new ScheduleLoop(database)) {
            first.start();
            second.start();
            schedules.declare(
                    "each-second",
                    new Schedules.Settings("* * * * * *", "UTC", "c", "f", null, "null", true));
            first.signal();
            await(() ->
                    Integer.parseInt(database.value("select count(*) from rowhouse.task")) >= 3);
        }
        assertThat(
                        database.value(
                                "select max(extract(epoch from e.at - (e.detail ->>"
                                        + " 'at')::timestamptz)) < 5 from rowhouse.task_event e"))
                .isEqualTo("t");
    }

    private interface Condition {
        boolean holds() throws Exception;
    }

    private static void await(Condition condition) throws Exception {
        long deadline = System.nanoTime() + SOON.toNanos();
        while (!condition.holds()) {
            assertThat(System.nanoTime()).as("awaited in time").isLessThan(deadline);
            LockSupport.parkNanos(20_000_000);
        }
    }

    @Test
    void aPausedScheduleDropsWhatItMissed() throws Exception {
        schedules.declare("nightly", settings("0 3 * * *", true));
        schedules.pause("nightly");
        due("nightly", "2026-01-01 03:00+1");
        fire();
        assertThat(fired("nightly")).isEmpty();
        schedules.resume("nightly");
        assertThat(one().nextAt()).as("yet to be worked out").isNull();
        fire();
        assertThat(fired("nightly")).isEmpty();
        assertThat(one().nextAt()).isAfter(Instant.now());
    }

    @Test
    void aScheduleMadeBySqlIsWorkedOutByTheNodeOrPausedWithTheReason() throws Exception {
        database.run(
                "select rowhouse.set_schedule('good', '0 3 * * *', 'Europe/Berlin', 'c', 'f')");
        database.run(
                "select rowhouse.set_schedule('bad', '0 0 30 2 *', 'Europe/Berlin', 'c', 'f')");
        fire();
        assertThat(schedules.list())
                .satisfiesExactly(
                        bad -> {
                            assertThat(bad.paused()).isTrue();
                            assertThat(bad.error()).contains("there is no such day");
                        },
                        good -> assertThat(good.nextAt()).isAfter(Instant.now()));
    }

    @Test
    void anUnknownFunctionIsReportedInTheRowAndStopsNoOtherSchedule() throws Exception {
        schedules.declare(
                "broken",
                new Schedules.Settings("* * * * *", "UTC", "c", "gone", null, "null", false));
        schedules.declare("fine", settings("* * * * *", false));
        due("broken", "2026-01-01");
        due("fine", "2026-01-01");
        fire();
        assertThat(fired("fine")).hasSize(1);
        assertThat(schedules.list())
                .satisfiesExactly(
                        broken -> {
                            assertThat(broken.error())
                                    .isEqualTo("There is no function 'gone' in component 'c'.");
                            assertThat(broken.nextAt()).isAfter(Instant.now());
                            assertThat(broken.firedAt()).isNull();
                        },
                        fine -> assertThat(fine.error()).isNull());
        database.run("insert into rowhouse.component_function values ('c', '1', 'gone', null)");
        due("broken", "2026-01-01");
        fire();
        assertThat(fired("broken")).hasSize(1);
        assertThat(one().error()).isNull();
    }

    @Test
    void backFillFiresPastTimesOnceEach() throws Exception {
        schedules.declare("nightly", settings("0 3 * * *", false));
        schedules.pause("nightly");
        schedules.backFill(
                "nightly",
                Instant.parse("2026-03-01T02:00:00Z"),
                Instant.parse("2026-03-04T02:00:00Z"));
        fire();
        List<String> expected = List.of("2026-03-01T02:00", "2026-03-02T02:00", "2026-03-03T02:00");
        assertThat(fired("nightly")).containsExactlyElementsOf(expected);
        assertThat(one().backFillFrom()).isNull();
        assertThat(one().paused()).isTrue();

        schedules.backFill(
                "nightly",
                Instant.parse("2026-03-02T00:00:00Z"),
                Instant.parse("2026-03-05T00:00:00Z"));
        fire();
        assertThat(fired("nightly")).hasSize(4).containsAll(expected).contains("2026-03-04T02:00");

        schedules.backFill(
                "nightly",
                Instant.parse("2026-03-01T03:00:00Z"),
                Instant.parse("2026-03-01T04:00:00Z"));
        fire();
        assertThat(fired("nightly")).hasSize(4);
        assertThat(one().backFillFrom()).isNull();
    }

    @Test
    void aLongBackFillGoesOnWhereItWasInterrupted() throws Exception {
        schedules.declare("often", settings("* * * * *", false));
        schedules.backFill(
                "often",
                Instant.parse("2026-03-01T00:00:00Z"),
                Instant.parse("2026-03-02T16:40:00Z"));
        try (Connection connection = database.connect("test")) {
            ScheduleLoop.round(connection);
        }
        assertThat(one().backFillFrom()).isEqualTo("2026-03-01T16:40:00Z");
        assertThatThrownBy(() ->
                        schedules.backFill("often", Instant.EPOCH, Instant.EPOCH.plusSeconds(1)))
                .hasMessageContaining("is being back-filled until");
        fire();
        assertThat(database.value("select count(*) from rowhouse.task where created_at < now()"))
                .isEqualTo("2440");
    }

    @Test
    void badSchedulesAreRefusedInWords() {
        assertRefused("0 0 30 2 *", "UTC", "there is no such day");
        assertRefused("0 0 * *", "UTC", "it has 4 fields");
        assertRefused("0 0 * * *", "Moon/Base", "There is no time zone 'Moon/Base'");
        for (String name :
                List.of("", "Upper", "a'b", "line\nbreak", "x".repeat(64), "1st", "sch\u00e9ma")) {
            assertThatThrownBy(() -> schedules.declare(name, settings("0 3 * * *", false)))
                    .isInstanceOfSatisfying(
                            RowhouseException.class,
                            e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT))
                    .hasMessageContaining("is not a name for a schedule")
                    .hasMessageContaining("lower-case letters");
        }
        var lost = new Schedules.Settings("0 3 * * *", "UTC", "c", "f", "nowhere", "null", false);
        assertThatThrownBy(() -> schedules.declare("lost", lost))
                .hasMessageContaining("There is no queue 'nowhere'");
        assertThatThrownBy(() -> schedules.pause("nope"))
                .hasMessageContaining("There is no schedule 'nope'");
        schedules.declare("nightly", settings("0 3 * * *", false));
        Instant now = Instant.now();
        assertThatThrownBy(() -> schedules.backFill("nightly", now, now.minusSeconds(1)))
                .hasMessageContaining("cannot be back-filled");
        assertThatThrownBy(() -> schedules.backFill("nightly", now, now.plusSeconds(3600)))
                .hasMessageContaining("a later end that has passed");
        schedules.drop("nightly");
        assertThat(schedules.list()).isEmpty();
    }

    private void assertRefused(String cron, String zone, String words) {
        var settings = new Schedules.Settings(cron, zone, "c", "f", null, "null", false);
        assertThatThrownBy(() -> schedules.declare("s", settings))
                .isInstanceOfSatisfying(
                        RowhouseException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT))
                .hasMessageContaining(words);
    }
}
