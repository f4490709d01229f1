package org.rowhouse.tasks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rowhouse.api.ErrorCode;
import org.rowhouse.api.RowhouseException;

/** When cron expressions fire, above all on the days on which the clocks change. */
class CronTest {
    /** The next times in the zone's own words. */
    private static List<String> next(String cron, String zone, String after, int count) {
        Cron read = Cron.parse(cron, zone);
        List<String> times = new ArrayList<>();
        Instant time = Instant.parse(after);
        for (int i = 0; i < count; i++) {
            time = read.after(time);
            times.add(time.atZone(ZoneId.of(zone)).toOffsetDateTime().toString());
        }
        return times;
    }

    @Test
    void fiveFieldsAreReadAsInUnixAndSixBeginWithSeconds() {
        assertThat(next("30 4 1,15 * 5", "UTC", "2026-01-01T00:00:00Z", 4))
                .as("if both day fields are restricted, either matches")
                .containsExactly(
                        "2026-01-01T04:30Z",
                        "2026-01-02T04:30Z",
                        "2026-01-09T04:30Z",
                        "2026-01-15T04:30Z");
        assertThat(next("*/20 * * * * *", "UTC", "2026-01-01T00:00:00.9Z", 3))
                .containsExactly(
                        "2026-01-01T00:00:20Z", "2026-01-01T00:00:40Z", "2026-01-01T00:01Z");
        assertThat(next("0 0 * JAN-FEB SUN", "UTC", "2026-02-27T00:00:00Z", 1))
                .containsExactly("2027-01-03T00:00Z");
        assertThat(next("0 0 * * 7", "UTC", "2026-01-01T00:00:00Z", 1))
                .containsExactly("2026-01-04T00:00Z");
        assertThat(next("0 0 29 2 *", "UTC", "2026-01-01T00:00:00Z", 1))
                .containsExactly("2028-02-29T00:00Z");
    }

    @Test
    void aTimeThatTheClocksLeaveOutFiresAtTheEndOfTheGap() {
        assertThat(next("30 2 * * *", "Europe/Berlin", "2026-03-28T00:00:00Z", 3))
                .containsExactly(
                        "2026-03-28T02:30+01:00",
                        "2026-03-29T03:00+02:00",
                        "2026-03-30T02:30+02:00");
        assertThat(next("15,45 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", 2))
                .as("both missed times fire together as one")
                .containsExactly("2026-03-29T03:00+02:00", "2026-03-30T02:15+02:00");
        assertThat(next("0 3 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", 2))
                .containsExactly("2026-03-29T03:00+02:00", "2026-03-30T03:00+02:00");
        assertThat(next("*/25 * * * *", "Europe/Berlin", "2026-03-29T00:49:00Z", 3))
                .as("a time of every hour has no hour to miss")
                .containsExactly(
                        "2026-03-29T01:50+01:00",
                        "2026-03-29T03:00+02:00",
                        "2026-03-29T03:25+02:00");
        assertThat(next("30 2 * * 1", "Europe/Berlin", "2026-03-28T00:00:00Z", 1))
                .as("that day is a Sunday")
                .containsExactly("2026-03-30T02:30+02:00");
        assertThat(next("30 2 * * *", "Asia/Kolkata", "2026-03-28T12:00:00Z", 1))
                .containsExactly("2026-03-29T02:30+05:30");
    }

    @Test
    void aTimeThatComesTwiceFiresOnceForASingleHourAndTwiceElse() {
        assertThat(next("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", 2))
                .containsExactly("2026-10-25T02:30+02:00", "2026-10-26T02:30+01:00");
        assertThat(next("30 * * * *", "Europe/Berlin", "2026-10-24T23:45:00Z", 3))
                .containsExactly(
                        "2026-10-25T02:30+02:00",
                        "2026-10-25T02:30+01:00",
                        "2026-10-25T03:30+01:00");
    }

    @Test
    void theLastTimeIsTheOneThatTheNextTimesLeadTo() {
        for (String cron :
                List.of(
                        "30 2 * * *",
                        "*/7 * * * *",
                        "15,45 1-3 * * *",
                        "0 0 1 * *",
                        "5 */30 2 * * *")) {
            for (String zone :
                    List.of("Europe/Berlin", "America/New_York", "UTC", "Australia/Lord_Howe")) {
                Cron read = Cron.parse(cron, zone);
                for (String day :
                        List.of(
                                "2026-03-28T13:00:00Z",
                                "2026-10-24T13:00:00Z",
                                "2026-04-04T10:00:00Z")) {
                    Instant time = Instant.parse(day);
                    for (int i = 0; i < 30; i++) {
                        Instant next = read.after(time);
                        assertThat(next).isAfter(time);
                        assertThat(read.atOrBefore(next))
                                .as("%s %s %s", cron, zone, next)
                                .isEqualTo(next);
                        assertThat(read.atOrBefore(next.minusSeconds(1)))
                                .as("%s %s before %s", cron, zone, next)
                                .isBefore(next);
                        time = next;
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0 0 30 2 *",
                "0 0 31 4,6 *",
                "",
                "* * * *",
                "* * * * * * *",
                "60 * * * *",
                "* 24 * * *",
                "* * 0 * *",
                "* * * 13 *",
                "* * * * 8",
                "*/0 * * * *",
                "5-1 * * * *",
                "@daily",
                "a b c d e",
                "* * L * *",
                "0 0 * * 1#2",
                "1,, * * * *",
                "'; drop table task; --",
                "* * * * \u0000",
                "-1 * * * *"
            })
    void whatNeverFiresOrCannotBeReadIsRefusedWithWhatIsValid(String cron) {
        assertThatThrownBy(() ->
                        Cron.parse(cron, "UTC")
                                .firstAfter(Instant.parse("2026-01-01T00:00:00Z"), cron))
                .isInstanceOfSatisfying(
                        RowhouseException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT))
                .hasMessageContaining("never fires or cannot be read")
                .hasMessageContaining("'0 3 * * *' for every day at three");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"Europe/Berln", "", "Mars/Olympus", "Europe/Berlin\n", "+99:00", "'; --"})
    void zonesThatDoNotExistAreRefusedWithWhatIsValid(String zone) {
        assertThatThrownBy(() -> Cron.parse("0 3 * * *", zone))
                .isInstanceOf(RowhouseException.class)
                .hasMessageContaining("There is no time zone")
                .hasMessageContaining("Europe/Berlin, America/New_York");
    }
}
